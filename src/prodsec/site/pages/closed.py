"""What other installations let people do themselves and an admin does here: sign up, reset a password by mail."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def closed(request: HttpRequest) -> HttpResponse:
    """Say whom to ask."""
    return render(request, "account/closed.html", status=HTTPStatus.NOT_FOUND)
