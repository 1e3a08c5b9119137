"""What the demo's scanners write: small reports of real shape for one asset, tool and week."""

import hashlib
from typing import Any

import msgspec

from prodsec.site.demo.flaws import CodeRule, KnownFlaw
from prodsec.site.demo.history import Flaw, flaws_of
from prodsec.site.demo.organisation import ROOT, Thing
from prodsec.vocabulary.severity import Severity

_SARIF_LEVEL = {"critical": "error", "high": "error", "medium": "warning", "low": "note", "info": "note"}


def report_of(thing: Thing, tool: str, week: int) -> tuple[str, bytes]:
    """(file name, bytes) of the report that a tool writes about an asset in a week."""
    shown = [flaw for flaw in flaws_of(thing, tool) if flaw.shows(week)]
    match tool:
        case "semgrep":
            name, document = "semgrep.sarif", _sarif(shown, week)
        case "gitlab-sast":
            name, document = "gl-sast-report.json", _gitlab_sast(shown, week)
        case "gitleaks":
            name, document = "gitleaks.json", _gitleaks(thing, shown, week)
        case "checkov":
            name, document = "checkov.json", _checkov(shown, week)
        case _:
            name, document = "trivy.json", _trivy(thing, shown, is_image=tool == "trivy-image")
    return name, msgspec.json.encode(document)


def _severity(score: float) -> str:
    return Severity.from_score(score).word


def _sarif(shown: list[Flaw], week: int) -> Any:
    rules = {flaw.what.id: flaw.what for flaw in shown if isinstance(flaw.what, CodeRule)}
    described = [
        {
            "id": rule.id,
            "name": rule.id,
            "shortDescription": {"text": rule.title},
            "fullDescription": {"text": rule.message},
            "help": {"text": rule.help},
            "properties": {"security-severity": str(rule.score), "tags": [f"CWE-{rule.cwe}: {rule.title}", "security"]},
        }
        for rule in rules.values()
    ]
    results = [
        {
            "ruleId": flaw.what.id,
            "level": _SARIF_LEVEL[_severity(flaw.what.score)],
            "message": {"text": f"{flaw.what.message} ({flaw.name})"},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": flaw.file},
                        "region": {
                            "startLine": flaw.line_in(week),
                            "endLine": flaw.line_in(week),
                            "snippet": {"text": f"{flaw.name} = {flaw.what.snippet}"},
                        },
                    }
                }
            ],
        }
        for flaw in shown
        if isinstance(flaw.what, CodeRule)
    ]
    driver = {"name": "Semgrep OSS", "semanticVersion": "1.90.0", "rules": described}
    return {"version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}


def _gitlab_sast(shown: list[Flaw], week: int) -> Any:
    scanner = {"id": "semgrep", "name": "Semgrep", "version": "1.90.0", "vendor": {"name": "GitLab"}}
    rows = [
        {
            "id": hashlib.sha256(f"{flaw.file} {flaw.name}".encode()).hexdigest(),
            "name": flaw.what.title,
            "description": flaw.what.message,
            "solution": flaw.what.help,
            "severity": _severity(flaw.what.score).capitalize(),
            "location": {"file": flaw.file, "start_line": flaw.line_in(week), "end_line": flaw.line_in(week)},
            "identifiers": [
                {"type": "semgrep_id", "name": flaw.what.id, "value": flaw.what.id},
                {"type": "cwe", "name": f"CWE-{flaw.what.cwe}", "value": str(flaw.what.cwe)},
            ],
            "raw_source_code_extract": f"{flaw.name} = {flaw.what.snippet}",
        }
        for flaw in shown
        if isinstance(flaw.what, CodeRule)
    ]
    time = "2026-01-01T00:00:00"
    scan = {
        "analyzer": scanner,
        "scanner": scanner,
        "type": "sast",
        "status": "success",
        "start_time": time,
        "end_time": time,
    }
    return {"version": "15.0.7", "scan": scan, "vulnerabilities": rows}


def _gitleaks(thing: Thing, shown: list[Flaw], week: int) -> Any:
    rows = []
    for flaw in shown:
        secret = hashlib.sha256(f"demo {thing.path} {flaw.name} {flaw.what}".encode()).hexdigest()[:40]
        rule = flaw.what[0] if isinstance(flaw.what, tuple) else ""
        rows.append(
            {
                "RuleID": rule,
                "Description": f"Found a {rule.replace('-', ' ')}",
                "StartLine": flaw.line_in(week),
                "EndLine": flaw.line_in(week),
                "StartColumn": 1,
                "EndColumn": 60,
                "Match": f"TOKEN={secret}",
                "Secret": secret,
                "File": flaw.file,
                "SymlinkFile": "",
                "Commit": "",
                "Entropy": 4.1,
                "Author": "",
                "Email": "",
                "Date": "",
                "Message": "",
                "Tags": [],
                "Fingerprint": f"{flaw.file}:{rule}:{flaw.line_in(week)}",
            }
        )
    return rows


def _checkov(shown: list[Flaw], week: int) -> Any:
    rows = [
        {
            "check_id": flaw.what[0],
            "check_name": flaw.what[1],
            "check_result": {"result": "FAILED"},
            "file_path": f"/{flaw.file}",
            "file_line_range": [flaw.line_in(week), flaw.line_in(week) + 6],
            "resource": f"{flaw.what[2]}.{flaw.name}",
            "severity": flaw.what[3],
            "guideline": None,
            "code_block": [],
        }
        for flaw in shown
        if isinstance(flaw.what, tuple)
    ]
    summary = {"passed": 60, "failed": len(rows), "skipped": 0, "parsing_errors": 0, "checkov_version": "3.2.300"}
    return {"check_type": "terraform", "results": {"failed_checks": rows}, "summary": summary}


def _trivy(thing: Thing, shown: list[Flaw], *, is_image: bool) -> Any:
    results: dict[str, list[Any]] = {}
    for flaw in shown:
        if isinstance(flaw.what, KnownFlaw):
            results.setdefault(flaw.file or "debian", []).append(_trivy_row(flaw.what))
    name = f"registry.{ROOT}/{thing.path.rpartition('/')[2]}" if is_image else "."
    return {
        "SchemaVersion": 2,
        "ArtifactName": name,
        "ArtifactType": "container_image" if is_image else "filesystem",
        "Results": [
            {
                "Target": f"{name} (debian 12.4)" if target == "debian" else target,
                "Class": "os-pkgs" if target == "debian" else "lang-pkgs",
                "Type": "debian" if target == "debian" else rows[0]["DataSource"]["ID"],
                "Vulnerabilities": rows,
            }
            for target, rows in results.items()
        ],
    }


def _trivy_row(flaw: KnownFlaw) -> dict[str, Any]:
    return {
        "VulnerabilityID": flaw.id,
        "PkgName": flaw.package,
        "InstalledVersion": flaw.version,
        **({"FixedVersion": flaw.fixed, "Status": "fixed"} if flaw.fixed else {"Status": "affected"}),
        "Severity": _severity(flaw.score).upper(),
        "Title": flaw.title,
        "Description": f"{flaw.title}.",
        "PrimaryURL": f"https://nvd.nist.gov/vuln/detail/{flaw.id}",
        "CweIDs": [f"CWE-{flaw.cwe}"],
        "CVSS": {"nvd": {"V3Score": flaw.score}},
        "DataSource": {"ID": flaw.ecosystem},
    }
