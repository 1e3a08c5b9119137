"""A SAML provider for tests: metadata, and answers signed by xmlsec with a key made on the fly, honest and lying."""

import base64
import datetime
import secrets
import zlib
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client
from onelogin.saml2.utils import OneLogin_Saml2_Utils

ENTITY, SIGN_IN = "https://idp.acme.example/entity", "https://idp.acme.example/sso"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
NS = 'xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"'


def stamp(minutes: float) -> str:
    """An instant so many minutes from now."""
    instant = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=minutes)
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


class Signer:
    """A key and its certificate."""

    def __init__(self) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "idp.acme.example")])
        now = datetime.datetime.now(datetime.UTC)
        made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now,
                                       now + datetime.timedelta(days=90)).sign(key, hashes.SHA256())  # fmt: skip
        self.key = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        self.certificate = made.public_bytes(serialization.Encoding.PEM).decode()

    def sign(self, xml: str) -> str:
        """The document with an enveloped signature."""
        signed: bytes = OneLogin_Saml2_Utils.add_sign(xml, self.key, self.certificate)
        return signed.decode()

    def metadata(self, *, entity: str = ENTITY, others: "tuple[Signer, ...]" = ()) -> str:
        """What the provider publishes, with every certificate that may sign."""
        keys = "".join(
            '<KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data>'
            f"<ds:X509Certificate>{bare(signer.certificate)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>"
            for signer in (self, *others)
        )
        return (
            f'<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{entity}">'
            f'<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">{keys}'
            '<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" '
            f'Location="{SIGN_IN}"/></IDPSSODescriptor></EntityDescriptor>'
        )


def bare(certificate: str) -> str:
    """A certificate without its frame."""
    return "".join(line for line in certificate.splitlines() if "CERTIFICATE" not in line)


@dataclass(frozen=True)
class Answer:
    """What an answer says; the defaults are honest."""

    question: str
    place: str
    audience: str
    subject: str = "u-1"
    issuer: str = ENTITY
    name_id_format: str = PERSISTENT
    attributes: dict[str, list[str]] = field(
        default_factory=lambda: {"email": ["anna@acme.example"], "displayName": ["Anna"], "groups": ["red", "staff"]}
    )
    assertion_id: str = field(default_factory=lambda: f"_{secrets.token_hex(16)}")
    begins: float = -1
    ends: float = 5
    session_ends: str = ""
    recipient: str | None = None
    asked: str | None = None
    destination: str | None = None
    status: str = "Success"

    def assertion(self) -> str:
        """The assertion, not signed."""
        values = "".join(
            f'<saml:Attribute Name="{name}">'
            + "".join(f"<saml:AttributeValue>{value}</saml:AttributeValue>" for value in each)
            + "</saml:Attribute>"
            for name, each in self.attributes.items()
        )
        recipient = self.place if self.recipient is None else self.recipient
        asked = self.question if self.asked is None else self.asked
        confirmed = "".join(
            f' {name}="{value}"'
            for name, value in (("Recipient", recipient), ("InResponseTo", asked), ("NotOnOrAfter", stamp(self.ends)))
            if value
        )
        audience = (
            f"<saml:AudienceRestriction><saml:Audience>{self.audience}</saml:Audience></saml:AudienceRestriction>"
        )
        session = f' SessionNotOnOrAfter="{self.session_ends}"' if self.session_ends else ""
        return (
            f'<saml:Assertion {NS} ID="{self.assertion_id}" Version="2.0" IssueInstant="{stamp(0)}">'
            f"<saml:Issuer>{self.issuer}</saml:Issuer><saml:Subject>"
            f'<saml:NameID Format="{self.name_id_format}">{self.subject}</saml:NameID>'
            '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">'
            f"<saml:SubjectConfirmationData{confirmed}/></saml:SubjectConfirmation></saml:Subject>"
            f'<saml:Conditions NotBefore="{stamp(self.begins)}" NotOnOrAfter="{stamp(self.ends)}">'
            f"{audience if self.audience else ''}</saml:Conditions>"
            f'<saml:AuthnStatement AuthnInstant="{stamp(0)}"{session}><saml:AuthnContext><saml:AuthnContextClassRef>'
            "urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext>"
            f"</saml:AuthnStatement><saml:AttributeStatement>{values}</saml:AttributeStatement></saml:Assertion>"
        )

    def around(self, inside: str) -> str:
        """A response with these assertions in it, not signed."""
        destination = self.place if self.destination is None else self.destination
        asked = f' InResponseTo="{self.question}"' if self.question else ""
        return (
            f'<samlp:Response {NS} ID="_{secrets.token_hex(16)}" Version="2.0" IssueInstant="{stamp(0)}" '
            f'Destination="{destination}"{asked}><saml:Issuer>{self.issuer}</saml:Issuer><samlp:Status>'
            f'<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:{self.status}"/></samlp:Status>'
            f"{inside}</samlp:Response>"
        )

    def but(self, **facts: Any) -> "Answer":
        """The same answer with a lie."""
        return replace(self, **facts)


@dataclass
class SamlBrowser:
    """A browser before a SAML provider."""

    slug: str
    client: Client = field(default_factory=Client)

    @property
    def place(self) -> str:
        """Where answers are sent to."""
        return f"http://testserver/accounts/saml/{self.slug}/acs/"

    def begin(self, query: str = "") -> Answer:
        """Ask; returns the honest answer to the question."""
        sent = self.client.get(f"/accounts/saml/{self.slug}/login/{query}")
        assert sent.status_code == 302, sent.content.decode()
        assert sent["Location"].startswith(SIGN_IN)
        asked = parse_qs(urlsplit(sent["Location"]).query)["SAMLRequest"][0]
        request = ElementTree.fromstring(zlib.decompress(base64.b64decode(asked), -15))  # noqa: S314 - our own words
        audience = f"http://testserver/accounts/saml/{self.slug}/metadata/"
        return Answer(question=request.attrib["ID"], place=self.place, audience=audience)

    def bring(self, response: str) -> Any:
        """Bring the provider's answer, as a browser does that was sent back by a form of another site."""
        sent = self.client.post(
            f"/accounts/saml/{self.slug}/acs/", {"SAMLResponse": base64.b64encode(response.encode()).decode()}
        )
        return self.client.get(sent["Location"]) if sent.status_code == 302 else sent

    @property
    def is_in(self) -> bool:
        """Whether somebody is signed in."""
        return bool(self.client.get("/api/v1/me").status_code == 200)
