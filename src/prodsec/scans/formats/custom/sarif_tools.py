"""Which kind of analysis a SARIF run is, told from its tool, and a rule's kind where one tool does several."""

import re

from prodsec.vocabulary.kinds import Kind

_WORDS = {  # the first kind that has the word decides
    Kind.CONTAINER: "snyk container|dockle|clair|anchore(?! grype)",
    Kind.DEPENDENCY: (
        "trivy|grype|snyk open source|osv-?scanner|dependency-?check|govulncheck|npm[- ]audit|pip-audit|retire|nancy"
        "|cargo-(?:audit|deny)|safety|bundler?-audit|jake|depscan|bomber|vulnerablecode|xray|mend|black ?duck"
    ),
    Kind.SECRET: (
        "gitleaks|truffle|detect-secrets|secretlint|ggshield|gitguardian|kingfisher|noseyparker|titus|talisman|whispers"
        "|betterleaks|secret"
    ),
    Kind.IAC: (
        "checkov|kics|tfsec|hadolint|terrascan|snyk iac|cfn|tflint|kube-?(?:linter|sec|score)|kubescape|polaris|regula"
        "|conftest|ansible|cloudsploit|prowler|templateanalyzer|psrule|dockerfile"
    ),
    Kind.WEB: "zap|zed attack|burp|nuclei|nikto|wapiti|arachni|dastardly|restler|stackhawk|acunetix|invicti|dast",
}
_BY_TOOL = tuple((kind, re.compile(rf"(?<![a-z])(?:{words})")) for kind, words in _WORDS.items())

_BY_TAG = {
    "vulnerability": Kind.DEPENDENCY,
    "misconfiguration": Kind.IAC,
    "secret": Kind.SECRET,
}

_COMMIT_FINGERPRINTS = frozenset({"commitSha", "email", "author", "date", "commitMessage"})
_UNSTABLE_FINGERPRINTS = _COMMIT_FINGERPRINTS | {"primaryLocationStartColumnFingerprint"}
_PREFERRED_FINGERPRINTS = ("primaryLocationLineHash", "scanPrimaryLocationHash")
_NO_FINGERPRINT = frozenset({"", "requires login"})  # semgrep writes the second when nobody is signed in


def kind_of_tool(name: str) -> Kind:
    """The kind of analysis a tool of this name usually does; code when the name tells nothing."""
    lowered = name.lower()
    for kind, words in _BY_TOOL:
        if words.search(lowered):
            return kind
    return Kind.CODE


def kind_of_tags(tags: tuple[str, ...], usual: Kind) -> Kind:
    """The kind of one rule: Trivy says by a tag whether it is a vulnerability, a misconfiguration or a secret."""
    if usual in {Kind.DEPENDENCY, Kind.CONTAINER}:
        for tag in tags:
            kind = _BY_TAG.get(tag)
            if kind is not None:
                return usual if kind is Kind.DEPENDENCY else kind
    return usual


def stable_fingerprint(full: dict[str, object] | None, partial: dict[str, object] | None) -> str:
    """`name:value` of the fingerprint that tracks the result best, the newest version of the full ones first.

    Left out are members that hold commit data (gitleaks), a column alone, or a notice instead of a value.
    """
    if full:
        for name in sorted(full, reverse=True):
            value = full[name]
            if isinstance(value, str) and value not in _NO_FINGERPRINT:
                return f"{name}:{value}"
    if partial:
        for name in (*_PREFERRED_FINGERPRINTS, *partial):
            value = partial.get(name)
            if name not in _UNSTABLE_FINGERPRINTS and isinstance(value, str) and value not in _NO_FINGERPRINT:
                return f"{name}:{value}"
    return ""
