"""The one table of all pages: `{% table "Jobs" %}{% head "Job" kind="number" %}{% rows %}<tr>…</tr>{% endtable %}`. Built in.

{% table caption … %}   by="keys": its rows are walked by j and k; kind: "" stays a table where a page is narrow
{% head text … %}       kind="number" | "cell-late": the class of the head; is_hidden: only read aloud
{% head_of column %}    the head of a column that may order the list (`kit.pages.Column`)
{% rows %}              what follows are the rows
"""

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token, token_kwargs
from django.template.context import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from prodsec.kit.pages import Column

register = template.Library()


class _Table(template.Node):
    """A table in its frame: scrolled sideways on its own, its caption for those who hear the page."""

    def __init__(
        self, caption: FilterExpression, options: dict[str, FilterExpression], heads: NodeList, rows: NodeList
    ):
        self.caption, self.options, self.heads, self.rows = caption, options, heads, rows

    def render(self, context: Context) -> SafeString:
        """The frame, the caption, the heads and the rows."""
        given = {name: value.resolve(context) for name, value in self.options.items()}
        kind = f"table {given.get('kind', 'table-cards')}".strip()
        keys = SafeString(" data-rows") if given.get("by") == "keys" else ""
        return format_html(
            '<div class="table-frame"><table class="{}"{}>\n<caption class="visually-hidden">{}</caption>\n'
            "<thead><tr>{}</tr></thead>\n<tbody>{}</tbody>\n</table></div>",
            kind,
            keys,
            self.caption.resolve(context),
            self.heads.render(context),
            self.rows.render(context),
        )


@register.tag
def table(parser: Parser, token: Token) -> _Table:
    """Raises: TemplateSyntaxError without a caption, or for an option that is not known."""
    words = token.split_contents()[1:]
    if not words or "=" in words[0]:
        raise template.TemplateSyntaxError("a table has a caption: {% table _('Jobs') %}")
    options = token_kwargs(words[1:], parser)
    if unknown := set(options) - {"by", "kind"}:
        raise template.TemplateSyntaxError(f"a table takes no {', '.join(sorted(unknown))}; only by and kind")
    heads = parser.parse(("rows",))
    parser.delete_first_token()
    rows = parser.parse(("endtable",))
    parser.delete_first_token()
    return _Table(parser.compile_filter(words[0]), options, heads, rows)


@register.simple_tag
def head(text: str, *, kind: str = "", is_hidden: bool = False) -> SafeString:
    """The head of a column."""
    told = format_html('<span class="visually-hidden">{}</span>', text) if is_hidden else text
    return format_html('<th scope="col"{}>{}</th>', format_html(' class="{}"', kind) if kind else "", told)


@register.simple_tag
def head_of(column: Column) -> SafeString:
    """The head of a column by which the list may be ordered."""
    arrow = {"ascending": "↑", "descending": "↓"}.get(column.sorted)
    told = format_html('{} <span aria-hidden="true">{}</span>', column.label, arrow) if arrow else column.label
    kinds = " ".join([*(["cell-late"] if column.is_late else []), *([f"col-{column.width}"] if column.width else [])])
    return format_html(
        '<th scope="col"{}{}>{}</th>',
        format_html(' class="{}"', kinds) if kinds else "",
        format_html(' aria-sort="{}"', column.sorted) if column.sorted else "",
        format_html('<a href="{}">{}</a>', column.address, told) if column.address else told,
    )
