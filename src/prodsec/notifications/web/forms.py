"""Forms of channels: what is heard, and when."""

import datetime
from collections.abc import Iterable
from typing import cast

from django import forms
from django.utils.translation import gettext_lazy as _

from prodsec.notifications.rules import pacing
from prodsec.notifications.types import FOR_TEAMS, ChannelFacts, NoticeKind, Pace, Rhythm, Wishes
from prodsec.notifications.web.words import KINDS, PACES, WEEKDAYS


def _time(label: object, *, required: bool, help_text: object = "") -> forms.TimeField:
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    return forms.TimeField(label=label, required=required, widget=widget, help_text=help_text)  # type: ignore[arg-type]  # lazy texts


class WishesForm(forms.Form):
    """Which kinds of notices, in which rhythm."""

    is_on = forms.BooleanField(label=_("Send messages"), required=False, initial=True)
    kinds = forms.MultipleChoiceField(
        label=_("Tell of"), widget=forms.CheckboxSelectMultiple, required=False,
        choices=[(kind.value, word) for kind, (_icon, word) in KINDS.items()],
        initial=[kind.value for kind in KINDS],
        help_text=_("Mentions, approvals and what passes its due date come at once; the rest follows the rhythm below."),
    )  # fmt: skip
    pace = forms.ChoiceField(
        label=_("Rhythm"), choices=[(pace.value, word) for pace, word in PACES.items()], initial=Pace.DAILY.value
    )
    at = _time(_("Time"), required=True, help_text=_("Of daily and weekly messages."))
    weekday = forms.TypedChoiceField(label=_("Day of weekly messages"), coerce=int, choices=list(enumerate(WEEKDAYS)))
    zone = forms.ChoiceField(label=_("Time zone"), choices=[(name, name) for name in sorted(pacing.zones())])
    quiet_from = _time(_("Quiet from"), required=False)
    quiet_until = _time(
        _("Quiet until"),
        required=False,
        help_text=_("In between nothing goes out; it comes afterwards. Empty: never quiet."),
    )

    field_order: Iterable[str] | None = None

    def wishes(self) -> Wishes:
        """What was chosen."""
        given = self.cleaned_data
        return Wishes(
            kinds=frozenset(NoticeKind(kind) for kind in given["kinds"]),
            rhythm=Rhythm(
                pace=Pace(given["pace"]),
                at=given["at"],
                weekday=given["weekday"],
                zone=given["zone"],
                quiet_from=given["quiet_from"],
                quiet_until=given["quiet_until"],
            ),
            is_on=given["is_on"],
        )


class ChannelForm(WishesForm):
    """A team's channel. The address is written, never shown."""

    name = forms.CharField(label=_("Name"), max_length=200)
    address = forms.CharField(
        label=_("Address"), max_length=2000,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_(
            "An e-mail address, or the address for incoming messages that Slack, Mattermost, Teams, Google Chat, Discord, "
            "Webex, Zulip, Rocket.Chat, ntfy or Gotify gives. It is a secret: kept encrypted, shown never again."
        ),
    )  # fmt: skip

    field_order = ("name", "address")

    def __init__(self, *args: object, is_known: bool = False, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed on
        kinds = cast("forms.MultipleChoiceField", self.fields["kinds"])
        kinds.choices = [(kind.value, KINDS[kind][1]) for kind in FOR_TEAMS]
        kinds.initial = [kind.value for kind in FOR_TEAMS]
        if is_known:
            self.fields["address"].required = False
            self.fields["address"].help_text = _("Leave it empty to keep the one there is.")


def initial(channel: ChannelFacts | None) -> dict[str, object]:
    """What a form about a channel begins with."""
    if channel is None:
        return {"at": datetime.time(8), "zone": "UTC", "weekday": 0}
    rhythm = channel.wishes.rhythm
    return {
        "name": channel.name,
        "is_on": channel.wishes.is_on,
        "kinds": [kind.value for kind in channel.wishes.kinds],
        "pace": rhythm.pace.value,
        "at": rhythm.at,
        "weekday": rhythm.weekday,
        "zone": rhythm.zone,
        "quiet_from": rhythm.quiet_from,
        "quiet_until": rhythm.quiet_until,
    }
