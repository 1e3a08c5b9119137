"""Acme, a small payments company: its teams, its people and what they build."""

from dataclasses import dataclass

ROOT = "acme.example"
MAIL = "acme.example"


@dataclass(frozen=True)
class Team:
    """A team, its members as (local part of the address, name), the group of assets it owns."""

    slug: str
    name: str
    members: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Thing:
    """An asset: its path below ROOT, kind, tier 1–4, data class and boundary (empty when unset), tools that scan it, languages."""

    path: str
    kind: str
    tier: int | None = None
    data_class: str = ""
    boundary: str = ""
    tools: tuple[str, ...] = ()
    language: str = ""


TEAMS = (
    Team("payments", "Payments", (("ines", "Inês Duarte"), ("tomasz", "Tomasz Wrona"))),
    Team("identity", "Identity", (("mei", "Mei Tanaka"), ("oluwaseun", "Oluwaseun Ade"))),
    Team("storefront", "Storefront", (("clara", "Clara Lindqvist"), ("rafael", "Rafael Ortiz"))),
    Team("platform", "Platform", (("jonas", "Jonas Weber"), ("priya", "Priya Raman"))),
    Team("data", "Data", (("amina", "Amina Haddad"),)),
    Team("mobile", "Mobile", (("liam", "Liam Byrne"), ("sofia", "Sofia Rossi"))),
)

_CODE = ("semgrep", "trivy", "gitleaks")

THINGS = (
    Thing("payments/api", "project", 1, "red", "commercial", _CODE, "python"),
    Thing("payments/ledger", "project", 1, "red", "commercial", _CODE, "java"),
    Thing("payments/refunds", "project", 1, "orange", "commercial", ("semgrep", "trivy"), "python"),
    Thing("payments/webhooks", "project", 2, "orange", "commercial", ("gitlab-sast", "trivy"), "go"),
    Thing("payments/fraud-rules", "project", 2, "red", "commercial", ("trivy",), "python"),
    Thing("identity/login", "project", 1, "red", "commercial", _CODE, "java"),
    Thing("identity/sso", "project", 1, "red", "fedramp", ("gitlab-sast", "trivy"), "java"),
    Thing("identity/directory", "project", 2, "orange", "commercial", ("semgrep",), "go"),
    Thing("identity/consent", "project", 3, "orange", "commercial", ("trivy",), "javascript"),
    Thing("storefront/web", "project", 1, "orange", "commercial", _CODE, "javascript"),
    Thing("storefront/search", "project", 2, "yellow", "commercial", ("semgrep", "trivy"), "javascript"),
    Thing("storefront/catalog", "project", 2, "yellow", "commercial", ("gitlab-sast", "trivy"), "java"),
    Thing("storefront/design-system", "project", 4, "green", "", ("trivy",), "javascript"),
    Thing("platform/deploy", "project", 1, "orange", "commercial", ("semgrep", "gitleaks"), "go"),
    Thing("platform/terraform", "project", 1, "orange", "commercial", ("checkov", "gitleaks"), "terraform"),
    Thing("platform/runner", "project", 2, "yellow", "", ("gitlab-sast", "trivy"), "go"),
    Thing("platform/metrics", "project", 3, "yellow", "", ("trivy",), "go"),
    Thing("platform/old-wiki", "project", 4, "green", "", ("trivy",), "javascript"),
    Thing("data/warehouse", "project", 1, "red", "commercial", ("semgrep", "trivy"), "python"),
    Thing("data/pipelines", "project", 2, "red", "commercial", _CODE, "python"),
    Thing("data/notebooks", "project", 4, "orange", "", ("gitleaks",), "python"),
    Thing("mobile/ios", "project", 2, "orange", "commercial", ("semgrep", "gitleaks"), "javascript"),
    Thing("mobile/android", "project", 2, "orange", "commercial", ("gitlab-sast", "trivy"), "java"),
    Thing("mobile/push", "project", 3, "yellow", "", ("trivy",), "go"),
    Thing("payments/images/api", "image", 1, "red", "commercial", ("trivy-image",)),
    Thing("payments/images/ledger", "image", 1, "red", "commercial", ("trivy-image",)),
    Thing("identity/images/login", "image", 1, "red", "commercial", ("trivy-image",)),
    Thing("storefront/images/web", "image", 2, "yellow", "commercial", ("trivy-image",)),
    Thing("platform/images/base", "image", 2, "green", "commercial", ("trivy-image",)),
    Thing("data/images/worker", "image", 3, "orange", "", ("trivy-image",)),
    Thing("storefront/shop.acme.example", "website", 1, "orange", "commercial"),
    Thing("platform/production", "cluster", 1, "red", "commercial"),
    Thing("data/lake", "cloud_resource", 1, "red", "commercial"),
    Thing("labs/prototype", "project", None, "", "", ("semgrep",), "python"),
)

# Who owns what inside a repository, by path.
CODEOWNERS = {
    "payments/api": "*                 @acme/payments\n/src/auth/        @acme/identity\n/deploy/          @acme/platform\n",
    "storefront/web": "*            @acme/storefront\n/src/login/  @acme/identity\n",
}
