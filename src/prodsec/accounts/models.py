"""Tables of `accounts`: people, teams, tokens, the first admin's link."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower, Now


class Person(AbstractBaseUser):
    """Somebody who signs in, or a service account, which never does. Written by `services.people`; disabled, not deleted."""

    email = models.TextField(unique=True)
    name = models.TextField()
    is_admin = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    is_service = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        """One person an address, in any case of letters."""

        constraints = (models.UniqueConstraint(Lower("email"), name="accounts_person_email_any_case"),)

    def __str__(self) -> str:
        return self.name or self.email


class Team(models.Model):
    """A group of people that owns assets."""

    slug = models.SlugField(max_length=100, unique=True)
    name = models.TextField()

    def __str__(self) -> str:
        return self.name


class TeamMember(models.Model):
    """A person in a team. `source` is empty when put there by hand, else who says so (an identity provider)."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="members")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    source = models.TextField(default="", blank=True)

    class Meta:
        """Once each."""

        constraints = (models.UniqueConstraint(fields=["team", "person"], name="accounts_teammember_once"),)

    def __str__(self) -> str:
        return f"{self.person_id} in {self.team_id}"


class CustomRole(models.Model):
    """A role of this installation. Written by `services.roles`; the built-in ones are `rules.roles.BUILT_IN`."""

    slug = models.SlugField(max_length=100, unique=True)
    name = models.TextField()
    permissions = ArrayField(models.TextField())

    def __str__(self) -> str:
        return self.name


class Grant(models.Model):
    """A role given to a person, to a team, or (neither) to everybody who signs in. Written by `services.grants`.

    role    the slug of a built-in or custom role
    asset_id  on this asset and all below it; empty: over all. No key, since assets are built from accounts.
    source  empty when given by hand; `owner` and `codeowners` follow the inventory, others an identity provider
    """

    role = models.TextField()
    person = models.ForeignKey(Person, null=True, on_delete=models.CASCADE, related_name="grants")
    team = models.ForeignKey(Team, null=True, on_delete=models.CASCADE, related_name="grants")
    asset_id = models.BigIntegerField(null=True, db_index=True)
    source = models.TextField(default="", blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        """Once each; never to a person and a team at once."""

        constraints = (
            models.UniqueConstraint(
                fields=["person", "team", "asset_id", "role", "source"],
                name="accounts_grant_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="accounts_grant_one_subject",
                condition=models.Q(person__isnull=True) | models.Q(team__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.role} on {self.asset_id or 'everything'}"


class ApiToken(models.Model):
    """A token of a person: a hash, what it may do and where. The text is shown once and kept nowhere."""

    name = models.TextField()
    owner = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="tokens")
    prefix = models.TextField()
    digest = models.BinaryField(max_length=32, unique=True)
    scopes = ArrayField(models.TextField())
    subtree = models.TextField(default="", blank=True)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class SetupLink(models.Model):
    """A link that makes the first admin, once."""

    digest = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"setup link {self.pk}"


class PasswordLink(models.Model):
    """A link by which somebody sets their password, once: an invitation, or a reset. Written by `services.password_links`."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    digest = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"password link {self.pk} of {self.person_id}"


class SignInRules(models.Model):
    """How people have to sign in here; one row. Written by `services.sign_in`.

    second_factor   who has to have one: a `Demand`
    """

    second_factor = models.TextField(default="nobody")

    class Meta:
        """One row, and a word that is known."""

        constraints = (
            models.CheckConstraint(name="accounts_signinrules_one_row", condition=models.Q(pk=1)),
            models.CheckConstraint(
                name="accounts_signinrules_second_factor",
                condition=models.Q(second_factor__in=["nobody", "admins", "everybody"]),
            ),
        )

    def __str__(self) -> str:
        return f"second factor: {self.second_factor}"


class PersonChoices(models.Model):
    """How a person likes the pages, wherever they sign in. Written by `services.choices`; no row means nothing was chosen."""

    person = models.OneToOneField(Person, primary_key=True, on_delete=models.CASCADE, related_name="+")
    theme = models.TextField(default="")
    density = models.TextField(default="")
    hides_first_steps = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"choices of {self.person_id}"
