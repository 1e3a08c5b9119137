"""A small OpenID Connect provider: a real HTTP server on loopback, in a process of its own, that can be told to lie.

Started by the tests as `python oidc_provider.py`; prints its address. `POST /control` changes what it does, `GET /control`
shows what it was asked. It speaks the code flow with PKCE, signs with RS256, rotates refresh tokens.
"""

import base64
import hashlib
import json
import secrets
import sys
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

CLIENT, SECRET = "prodsec-client", "marker-client-secret-8d1f"


def new_key() -> rsa.RSAPrivateKey:
    """A key to sign with."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def unpadded(data: bytes) -> str:
    """Base64 as JOSE writes it."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class State:
    """What the provider knows, and how it lies.

    lies: what goes wrong, such as {"aud": "another"}, {"alg": "none"}, {"nonce": null}
    """

    issuer: str = ""
    keys: dict[str, rsa.RSAPrivateKey] = field(default_factory=dict)
    user: dict[str, Any] = field(default_factory=dict)
    lies: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    access: dict[str, str] = field(default_factory=dict)
    refresh: dict[str, str] = field(default_factory=dict)
    spent: list[str] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)

    def rotate(self) -> None:
        """Sign with a new key from now on, and publish only that."""
        self.keys = {secrets.token_hex(4): new_key()}


STATE = State()


def id_token(nonce: str, access_token: str) -> str | None:
    """The ID token for the present user, with the lies that were ordered."""
    lies, now = STATE.lies, int(time.time())
    if lies.get("no_id_token"):
        return None
    kid, key = next(iter(STATE.keys.items()))
    claims: dict[str, Any] = {
        "iss": STATE.issuer, "sub": STATE.user["sub"], "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce,
        "at_hash": unpadded(hashlib.sha256(access_token.encode()).digest()[:16]),
    }  # fmt: skip
    claims |= {name: STATE.user[name] for name in STATE.lies.get("in_id_token", []) if name in STATE.user}
    claims |= lies.get("claims", {})
    claims = {name: value for name, value in claims.items() if value is not None}
    if lies.get("age"):
        claims["iat"], claims["exp"] = now - lies["age"], now - lies["age"] + 300
    header = {"kid": kid}
    match lies.get("alg", "RS256"):
        case "none":
            head = unpadded(json.dumps({"alg": "none", "typ": "JWT"}).encode())
            return f"{head}.{unpadded(json.dumps(claims).encode())}."
        case "HS256":
            public = key.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            return hs256(claims, header, public)
        case "unsigned":
            whole = jwt.encode(claims, key, algorithm="RS256", headers=header)
            return whole.rpartition(".")[0] + "."
        case "altered":
            head, _, tail = jwt.encode(claims, key, algorithm="RS256", headers=header).split(".")
            return f"{head}.{unpadded(json.dumps(claims | {'sub': 'victim'}).encode())}.{tail}"
    return jwt.encode(claims, new_key() if lies.get("another_key") else key, algorithm="RS256", headers=header)


def hs256(claims: dict[str, Any], header: dict[str, str], secret: bytes) -> str:
    """A token signed with the public key as if it were a shared secret; PyJWT refuses to make one."""
    import hmac

    head = unpadded(json.dumps({"alg": "HS256", "typ": "JWT", **header}).encode())
    signed = f"{head}.{unpadded(json.dumps(claims).encode())}"
    return f"{signed}.{unpadded(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"


class Provider(BaseHTTPRequestHandler):
    """The endpoints."""

    protocol_version = "HTTP/1.1"
    routes: ClassVar[dict[str, str]] = {
        "/.well-known/openid-configuration": "discovery",
        "/authorize": "authorize",
        "/token": "token",
        "/keys": "keys",
        "/userinfo": "userinfo",
        "/control": "control",
    }

    def do_GET(self) -> None:
        """Every request goes to the method of its path."""
        self.query = {name: values[-1] for name, values in parse_qs(urlsplit(self.path).query).items()}
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        name = self.routes.get(urlsplit(self.path).path, "missing")
        if name != "control":
            STATE.asked.append({"what": name, "auth": self.headers.get("Authorization", ""), "body": self.body})
            if STATE.lies.get("away") and name != "authorize":
                return self.answer(503, {"error": "away"})
        return getattr(self, name)()  # type: ignore[no-any-return]

    def do_POST(self) -> None:
        """As GET."""
        self.do_GET()

    def missing(self) -> None:
        """There is nothing here."""
        self.answer(404, {})

    def discovery(self) -> None:
        """What the provider says of itself."""
        published = {
            "issuer": STATE.issuer,
            "authorization_endpoint": f"{STATE.issuer}/authorize",
            "token_endpoint": f"{STATE.issuer}/token",
            "userinfo_endpoint": f"{STATE.issuer}/userinfo",
            "jwks_uri": f"{STATE.issuer}/keys",
            "scopes_supported": ["openid", "profile", "email"],
            "claims_supported": ["sub", "email", "email_verified", "name", "groups"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }
        self.answer(200, published | STATE.lies.get("discovery", {}))

    def keys(self) -> None:
        """The published keys."""
        keys = [
            {**RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid, "use": "sig", "alg": "RS256"}
            for kid, key in STATE.keys.items()
        ]
        self.answer(200, {"keys": keys})

    def authorize(self) -> None:
        """A page with one button, or at once the way back with a code."""
        if STATE.lies.get("asks") and self.command == "GET":
            name = STATE.user["name"]
            page = f'<title>Acme sign-in</title><link rel="icon" href="data:,"><form method="post"><button>Go on as {name}</button></form>'
            return self.send(200, page.encode(), "text/html; charset=utf-8")
        code = secrets.token_urlsafe(16)
        STATE.codes[code] = dict(self.query)
        back = {"code": code, "state": self.query["state"], **STATE.lies.get("back", {})}
        return self.send(302, b"", "text/plain", Location=f"{self.query['redirect_uri']}?{urlencode(back)}")

    def token(self) -> None:
        """A code or a refresh token for new tokens."""
        given = {name: values[-1] for name, values in parse_qs(self.body).items()}
        if not self.knows_client():
            return self.answer(401, {"error": "invalid_client"})
        nonce = ""
        if given.get("grant_type") == "refresh_token":
            if STATE.refresh.pop(given["refresh_token"], None) is None or STATE.lies.get("ended"):
                return self.answer(400, {"error": "invalid_grant"})
        else:
            asked = STATE.codes.pop(given.get("code", ""), None)
            if asked is None or asked["redirect_uri"] != given["redirect_uri"] or not self.proved(asked, given):
                return self.answer(400, {"error": "invalid_grant"})
            nonce = asked.get("nonce", "")
        access, refresh = secrets.token_urlsafe(16), "marker-refresh-" + secrets.token_urlsafe(16)
        access = "marker-access-" + access
        STATE.access[access] = STATE.refresh[refresh] = STATE.user["sub"]
        said: dict[str, Any] = {
            "access_token": access, "token_type": "Bearer", "expires_in": STATE.lies.get("life", 3600),
            "refresh_token": refresh, "id_token": id_token(nonce, access),
        }  # fmt: skip
        if STATE.lies.get("no_refresh"):
            said.pop("refresh_token")
        return self.answer(200, {name: value for name, value in said.items() if value is not None})

    def knows_client(self) -> bool:
        """Whether the client's secret is right."""
        scheme, _, pair = self.headers.get("Authorization", "").partition(" ")
        if scheme != "Basic":
            return False
        name, _, secret = base64.b64decode(pair).decode().partition(":")
        return (unquote_plus(name), unquote_plus(secret)) == (CLIENT, SECRET)

    def proved(self, asked: dict[str, str], given: dict[str, str]) -> bool:
        """PKCE: whether the one who exchanges the code is the one who asked."""
        digest = unpadded(hashlib.sha256(given.get("code_verifier", "").encode()).digest())
        return asked.get("code_challenge_method") == "S256" and asked.get("code_challenge") == digest

    def userinfo(self) -> None:
        """Who the bearer of an access token is."""
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in STATE.access or STATE.lies.get("ended"):
            return self.answer(401, {"error": "invalid_token"})
        hidden = STATE.lies.get("in_id_token", [])
        said = {name: value for name, value in STATE.user.items() if name not in hidden}
        return self.answer(200, said | STATE.lies.get("userinfo", {}))

    def control(self) -> None:
        """The tests say what happens next."""
        if self.command == "POST":
            order = json.loads(self.body)
            STATE.user = order.get("user", STATE.user)
            STATE.lies = order.get("lies", STATE.lies)
            if order.get("rotate"):
                STATE.rotate()
            if order.get("expire"):
                STATE.access.clear()
            if order.get("forget"):
                STATE.asked.clear()
        self.answer(200, {"asked": STATE.asked, "codes": list(STATE.codes)})

    def answer(self, status: int, said: object) -> None:
        """JSON."""
        self.send(status, json.dumps(said).encode(), "application/json")

    def send(self, status: int, body: bytes, kind: str, **headers: str) -> None:
        """Bytes."""
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Quiet."""


def main() -> None:
    """Serve until the process ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    STATE.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    STATE.rotate()
    sys.stdout.write(STATE.issuer + "\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
