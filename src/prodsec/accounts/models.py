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


class ProvisionedPerson(models.Model):
    """Somebody whom an identity provider keeps through SCIM. Written by `services.provisioning`.

    user_name, external_id  what the provider calls them
    given_name, family_name kept apart, since the provider may change one of them alone
    """

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="provisioned")
    user_name = models.TextField()
    external_id = models.TextField(default="", blank=True, db_index=True)
    given_name = models.TextField(default="", blank=True)
    family_name = models.TextField(default="", blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        """One person a name, in any case of letters."""

        constraints = (models.UniqueConstraint(Lower("user_name"), name="accounts_provisioned_user_name_any_case"),)

    def __str__(self) -> str:
        return self.user_name


class ProvisionedTeam(models.Model):
    """A team whose members an identity provider keeps through SCIM, or may begin to. Written by `services.provisioning`.

    is_open     made by hand and opened to a group of the same short name, which has not come yet
    """

    team = models.OneToOneField(Team, on_delete=models.CASCADE, related_name="provisioned")
    external_id = models.TextField(default="", blank=True, db_index=True)
    is_open = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"group {self.team_id}"


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


class SignInProvider(models.Model):
    """An identity provider through which people sign in. Written by `services.providers`.

    slug                  stands in the addresses that the provider sends people back to; never changes
    kind                  a `ProviderKind`
    address               OIDC: the issuer; SAML: where its metadata is, empty when it was given as a file
    metadata, metadata_at SAML: its metadata, XML, and when they were fetched from the address
    secret                sealed (`kit.crypto`); never leaves the server again
    groups_claim          OIDC: claim; SAML: attribute
    verified_claim        what has to be true for an e-mail address to count; empty (SAML): the domain alone decides
    trusted_domains       whose e-mail addresses it may vouch for
    required_domains      whose people have to sign in through it
    recheck_seconds       how old its last word on somebody may be before it is asked again
    grace_seconds         how long its last word holds while it cannot be reached
    session_hours         how long a session lasts when the provider cannot be asked again
    """

    slug = models.SlugField(max_length=60, unique=True)
    name = models.TextField()
    kind = models.TextField()
    address = models.TextField(default="", blank=True)
    metadata = models.TextField(default="", blank=True)
    metadata_at = models.DateTimeField(null=True)
    client_id = models.TextField(default="", blank=True)
    secret = models.BinaryField(null=True)
    scopes = ArrayField(models.TextField(), default=list)
    groups_claim = models.TextField(default="groups")
    verified_claim = models.TextField(default="email_verified", blank=True)
    trusted_domains = ArrayField(models.TextField(), default=list)
    required_domains = ArrayField(models.TextField(), default=list)
    admins_keep_password = models.BooleanField(default=True)
    lets_in_unknown = models.BooleanField(default=False)
    recheck_seconds = models.PositiveIntegerField(default=300)
    grace_seconds = models.PositiveIntegerField(default=900)
    session_hours = models.PositiveIntegerField(default=8)
    is_enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        """Of a kind that is known."""

        constraints = (
            models.CheckConstraint(name="accounts_signinprovider_kind", condition=models.Q(kind__in=["oidc", "saml"])),
        )

    def __str__(self) -> str:
        return self.name


class ProviderGroup(models.Model):
    """What a group of a provider gives here: a team, or a role. Written by `services.providers`.

    asset_id    the role holds on this asset and all below it; empty: over all. No key, as in `Grant`.
    """

    provider = models.ForeignKey(SignInProvider, on_delete=models.CASCADE, related_name="groups")
    group = models.TextField()
    team = models.ForeignKey(Team, null=True, on_delete=models.CASCADE, related_name="+")
    role = models.TextField(default="", blank=True)
    asset_id = models.BigIntegerField(null=True)

    class Meta:
        """Once each, and either a team or a role."""

        constraints = (
            models.UniqueConstraint(
                fields=["provider", "group", "team", "role", "asset_id"],
                name="accounts_providergroup_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="accounts_providergroup_team_or_role",
                condition=models.Q(team__isnull=False, role="", asset_id__isnull=True)
                | models.Q(team__isnull=True) & ~models.Q(role=""),
            ),
        )

    def __str__(self) -> str:
        return f"{self.group} of {self.provider_id}"


class Identity(models.Model):
    """Whom a provider's subject is here. The link is issuer and subject; the e-mail address only made it.

    Written by `services.identities`. groups: as the provider last said.
    """

    provider = models.ForeignKey(SignInProvider, on_delete=models.CASCADE, related_name="identities")
    issuer = models.TextField()
    subject = models.TextField()
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="identities")
    email = models.TextField(default="", blank=True)
    groups = ArrayField(models.TextField(), default=list)
    linked_at = models.DateTimeField(db_default=Now())
    last_sign_in_at = models.DateTimeField(null=True)

    class Meta:
        """A subject of an issuer is one person."""

        constraints = (
            models.UniqueConstraint(fields=["provider", "issuer", "subject"], name="accounts_identity_once"),
        )

    def __str__(self) -> str:
        return f"{self.subject} of {self.issuer}"


class ProviderSession(models.Model):
    """A session that came from a provider: what it takes to ask the provider again. Written by `services.identities`.

    access_token, refresh_token   sealed (`kit.crypto`)
    groups_from                   a `GroupsFrom`
    asked_at                      when the provider last vouched; tried_at: when it was last asked
    renewing_until                one request at a time renews the tokens; a provider may refuse a second one
    ends_at                       when the session ends whatever happens
    """

    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="sessions")
    access_token = models.BinaryField(null=True)
    refresh_token = models.BinaryField(null=True)
    token_expires_at = models.DateTimeField(null=True)
    groups_from = models.TextField()
    asked_at = models.DateTimeField()
    tried_at = models.DateTimeField()
    renewing_until = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"session {self.pk} of {self.identity_id}"


class UsedAssertion(models.Model):
    """A SAML assertion that somebody signed in with, kept until it would have expired: it works once."""

    provider = models.ForeignKey(SignInProvider, on_delete=models.CASCADE, related_name="+")
    digest = models.BinaryField(max_length=32)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        """Once."""

        constraints = (models.UniqueConstraint(fields=["provider", "digest"], name="accounts_usedassertion_once"),)

    def __str__(self) -> str:
        return f"assertion {self.pk}"
