"""Tables of `accounts`: people, teams, tokens, the first admin's link."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower, Now


class Person(AbstractBaseUser):
    """Somebody who signs in. Written by `services.people`; never deleted, only disabled."""

    email = models.TextField(unique=True)
    name = models.TextField()
    is_admin = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
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
    """A person in a team."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="members")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        """Once each."""

        constraints = (models.UniqueConstraint(fields=["team", "person"], name="accounts_teammember_once"),)

    def __str__(self) -> str:
        return f"{self.person_id} in {self.team_id}"


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
