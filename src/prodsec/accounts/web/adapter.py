"""How allauth behaves here: nobody signs themselves up, and disabled people stay out."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """People are added by an admin or the first-admin link, never by an open form."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False
