"""A deed as other systems read it: an event of OCSF, or a line of CEF."""

import datetime
import json
from dataclasses import dataclass

from prodsec.activity.rules.seals import Deed

OCSF_VERSION = "1.3.0"
PRODUCT = "Prodsec"
LONGEST_REASON = 2_000
_OTHER = 99
_ACCOUNT, _AUTHENTICATION, _ENTITY, _ACCESS, _GROUP = 3001, 3002, 3004, 3005, 3006
_CLASSES = {
    _ACCOUNT: "Account Change",
    _AUTHENTICATION: "Authentication",
    _ENTITY: "Entity Management",
    _ACCESS: "User Access Management",
    _GROUP: "Group Management",
}
# Source: schema.ocsf.io 1.3.0, the activities of each class.
_EXACT = {
    "person.created": (_ACCOUNT, 1),
    "person.enabled": (_ACCOUNT, 2),
    "person.password_changed": (_ACCOUNT, 3),
    "person.password_set": (_ACCOUNT, 4),
    "person.disabled": (_ACCOUNT, 5),
    "person.factor_added": (_ACCOUNT, 10),
    "person.factor_removed": (_ACCOUNT, 11),
    "person.signed_in": (_AUTHENTICATION, 1),
    "person.sign_in_failed": (_AUTHENTICATION, 1),
    "person.signed_out": (_AUTHENTICATION, 2),
    "team.member_added": (_GROUP, 3),
    "team.member_removed": (_GROUP, 4),
}
_ROLES = {"role.given": 1, "role.taken": 2}
_ENTITY_ENDS = {
    "created": 1, "saved": 1, "imported": 1, "exported": 2, "verified": 2, "deleted": 4, "removed": 4, "moved": 5,
    "renamed": 5,
}  # fmt: skip


@dataclass(frozen=True)
class Sealed:
    """A deed with its row and seal. `version` is that of the program that tells it."""

    id: int
    deed: Deed
    seal: str
    version: str


def classified(deed: Deed) -> tuple[int, int]:
    """The class of OCSF and the activity in it."""
    if deed.action in _ROLES and deed.object_type in ("person", "team"):
        return (_ACCESS if deed.object_type == "person" else _GROUP), _ROLES[deed.action]
    if deed.action in _EXACT:
        return _EXACT[deed.action]
    if deed.object_type == "person":
        active = deed.details.get("is_active")
        if deed.action == "person.changed" and isinstance(active, list) and len(active) == 2:
            return _ACCOUNT, 2 if active[1] else 5
        return _ACCOUNT, _OTHER
    return _ENTITY, _ENTITY_ENDS.get(deed.action.rpartition(".")[2].rpartition("_")[2], 3)


def ocsf(sealed: Sealed, *, most_bytes: int | None = None) -> bytes:
    """One event as JSON on one line. One that would be longer than asked for goes without its details, and says so."""
    told = written(_event(sealed, sealed.deed.details, sealed.deed.reason))
    if most_bytes is None or len(told) <= most_bytes:
        return told
    return written(_event(sealed, {"left_out": "too long"}, sealed.deed.reason[:LONGEST_REASON]))


def written(value: dict[str, object]) -> bytes:
    """JSON on one line, of whatever the database holds: its numbers may be longer than 64 bits."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _event(sealed: Sealed, details: dict[str, object], reason: str) -> dict[str, object]:
    deed = sealed.deed
    class_id, activity = classified(deed)
    is_failure = deed.action.endswith("failed")
    event: dict[str, object] = {
        "class_uid": class_id,
        "class_name": _CLASSES[class_id],
        "category_uid": 3,
        "category_name": "Identity & Access Management",
        "activity_id": activity,
        "type_uid": class_id * 100 + activity,
        "time": _milliseconds(deed.at),
        "severity_id": 1,
        "severity": "Informational",
        "status_id": 2 if is_failure else 1,
        "status": "Failure" if is_failure else "Success",
        "message": f"{deed.actor_name}: {deed.action} {deed.object_type} {deed.object_id}",
        "metadata": {
            "version": OCSF_VERSION,
            "uid": str(sealed.id),
            "event_code": deed.action,
            "log_name": "activity",
            "product": {"name": PRODUCT, "vendor_name": PRODUCT, "version": sealed.version},
        },
        "actor": _actor(deed),
        "unmapped": {"details": details, "asset_id": deed.asset_id, "token_id": deed.token_id, "seal": sealed.seal},
    }
    if activity == _OTHER:
        event["activity_name"] = deed.action
    return event | _target(class_id, deed, reason)


def _actor(deed: Deed) -> dict[str, object]:
    if deed.actor_id is None:
        return {"app_name": PRODUCT}
    return {"user": {"uid": str(deed.actor_id), "name": deed.actor_name, "type_id": 1}}


def _target(class_id: int, deed: Deed, reason: str) -> dict[str, object]:
    person: object = deed.object_id if deed.object_type == "person" else deed.details.get("person_id")
    user: dict[str, object] = {"user": {"uid": str(person), "type_id": 1}}
    if class_id == _ENTITY:
        return {"entity": {"uid": deed.object_id, "type": deed.object_type}, "comment": reason}
    if class_id == _GROUP:
        group: dict[str, object] = {"group": {"uid": deed.object_id}}
        role = deed.details.get("role")
        return group | ({"privileges": [str(role)]} if role else user)
    if class_id == _ACCESS:
        return user | {"privileges": [str(deed.details.get("role"))]}
    return user


def cef(sealed: Sealed, *, most_bytes: int | None = None) -> str:
    """One event as a line of CEF. Source: ArcSight Common Event Format, version 0."""
    deed = sealed.deed
    details = written(deed.details).decode()
    if most_bytes is not None and len(details) + len(deed.reason) > most_bytes // 4:
        details = "left out: too long"
    head = ("CEF:0", PRODUCT, PRODUCT, sealed.version, deed.action, f"{deed.action} {deed.object_type}", "3")
    said = {
        "rt": str(_milliseconds(deed.at)),
        "externalId": str(sealed.id),
        "suser": deed.actor_name,
        "suid": "" if deed.actor_id is None else str(deed.actor_id),
        "outcome": "failure" if deed.action.endswith("failed") else "success",
        "reason": deed.reason if most_bytes is None else deed.reason[:LONGEST_REASON],
        "cs1Label": "objectType", "cs1": deed.object_type,
        "cs2Label": "objectId", "cs2": deed.object_id,
        "cs3Label": "details", "cs3": details,
        "cs4Label": "seal", "cs4": sealed.seal,
        "cn1Label": "assetId", "cn1": "" if deed.asset_id is None else str(deed.asset_id),
        "cn2Label": "tokenId", "cn2": "" if deed.token_id is None else str(deed.token_id),
    }  # fmt: skip
    extension = " ".join(f"{name}={_value(value)}" for name, value in said.items() if value)
    return f"{'|'.join([head[0], *(_heading(part) for part in head[1:])])}|{extension}"


def _heading(text: str) -> str:
    return _one_line(text).replace("\\", "\\\\").replace("|", "\\|")


def _value(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("=", "\\=").replace("\r", "\\r").replace("\n", "\\n")
    return _one_line(escaped)


def _one_line(text: str) -> str:
    """Without what some reader takes for the end of a line or of the text."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _milliseconds(at: datetime.datetime) -> int:
    return int(at.timestamp() * 1000)
