"""Pages of comments: how one will look, one with what it said before, changed or taken back."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from prodsec.accounts.queries import viewer_asking
from prodsec.findings import queries
from prodsec.findings import services as findings
from prodsec.findings.queries import CommentFacts
from prodsec.kit.pages import attempt


class CommentForm(forms.Form):
    """What one says."""

    body = forms.CharField(
        label=gettext_lazy("What you said"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 6})
    )


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """A comment as it will look; a part of a page."""
    viewer_asking(request)
    return render(request, "findings/comment_preview.html", {"body": request.POST.get("body", "")[:20_000]})


def comment(request: HttpRequest, finding_id: int, comment_id: int) -> HttpResponse:
    """One comment and what it said before; who wrote it changes it here."""
    viewer = viewer_asking(request)
    found = queries.comment(viewer, finding_id, comment_id)
    form = CommentForm(request.POST or None, initial={"body": found.body})
    if request.method == "POST" and form.is_valid():
        body = form.cleaned_data["body"]
        if attempt(form, lambda: findings.edit_comment(viewer, finding_id, comment_id, body)) is not None:
            messages.success(request, _("Saved. What it said before is kept."))
            return redirect("findings:finding", finding_id)
    context = {
        "comment": found,
        "finding_id": finding_id,
        "title": queries.titles(viewer, [finding_id]).get(finding_id, ""),
        "versions": queries.comment_versions(viewer, finding_id, comment_id),
        "is_own": viewer.person_id is not None and found.author_id == viewer.person_id,
        "form": form,
    }
    return render(request, "findings/comment.html", context)


@require_POST
def remove(request: HttpRequest, finding_id: int, comment_id: int) -> HttpResponse:
    """Somebody takes back what they said."""
    findings.remove_comment(viewer_asking(request), finding_id, comment_id)
    messages.success(request, _("Taken back."))
    return redirect("findings:finding", finding_id)


def quoted(comments: list[CommentFacts], wanted: str) -> str:
    """A comment as the beginning of an answer to it; empty when there is no such comment."""
    found = next((one for one in comments if str(one.id) == wanted and not one.is_removed), None)
    if found is None:
        return ""
    lines = "\n".join(f"> {line}" for line in found.body.splitlines())
    return f"> **{found.author}**\n>\n{lines}\n\n"
