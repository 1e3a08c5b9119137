"""How allauth keeps second factors here: secrets sealed with the installation key, names that say what is meant."""

import base64
from typing import TYPE_CHECKING

from allauth.mfa.adapter import DefaultMFAAdapter
from django.utils.translation import gettext as _

from prodsec.kit import crypto

if TYPE_CHECKING:
    from prodsec.accounts.models import Person

_PURPOSE = "second factors"


class MFAAdapter(DefaultMFAAdapter):
    """Secrets of authenticator apps and seeds of recovery codes are useless without the key that lies beside the data."""

    def encrypt(self, text: str) -> str:
        """Seal a secret for the database."""
        return base64.b64encode(crypto.seal(_PURPOSE, text)).decode("ascii")

    def decrypt(self, encrypted_text: str) -> str:
        """Open a secret of the database. Raises: InvalidError with another key."""
        return crypto.unseal(_PURPOSE, base64.b64decode(encrypted_text))

    def get_totp_issuer(self) -> str:
        """What the app shows above the code: us, and where."""
        return f"Prodsec {self._get_site_name()}"

    def generate_authenticator_name(self, user: "Person", type: str) -> str:  # noqa: A002 - the name allauth gave it
        """What a key is called whose owner gave it no name."""
        del user, type
        return _("Security key")
