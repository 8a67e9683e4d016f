"""The layout of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .pieces import note
from .view import Choice, View

if TYPE_CHECKING:
    import gradio as gr

_WHAT_IF = (
    "Untick items, or write what you like. The list is that of someone who is known by this history alone; "
    "marks compare it with the list for the whole history."
)
_FOR_WHOM = (
    "NDCG@20 on the test split, for up to four groups of users by the number of their training interactions. Brackets "
    "are 95 % intervals over users. *Without texts* is the same blend without the parts that read texts; the others "
    "keep their weights."
)
_MAP = (
    "Items that are recommended to the same users lie near each other. Point at an item to see its title and its "
    "group, which is named after its most popular items."
)

_OF_USER = "history and recommendations of the user"


def build_page(view: View) -> gr.Blocks:
    """Lays out the page.

    Args:
        view: What it shows.

    Raises:
        ImportError: Gradio is not installed.
    """
    import gradio as gr

    with gr.Blocks(title="irllrec", analytics_enabled=False, fill_width=False) as page:
        gr.Markdown(f"## irllrec\n{view.summary}")
        with gr.Tab("Users"):
            user = _users(gr, page, view)
        with gr.Tab("Items"):
            _items(gr, page, view)
        with gr.Tab("Map") as tab:
            _map(gr, tab, view, user)
        with gr.Tab("For whom") as tab:
            gr.Markdown(_FOR_WHOM)
            shown = gr.HTML(padding=False)
            tab.select(lambda: view.accuracy, None, shown)
        with gr.Tab("Report") as tab:
            report = gr.HTML(padding=False)
            tab.select(lambda: view.report, None, report)
    return page


def _users(gr: Any, page: Any, view: View) -> Any:
    """The tab of users; returns the list from which one is chosen."""
    with gr.Row():
        search = gr.Textbox(label="Search", placeholder="id, or title of an item that they took", min_width=280)
        user = gr.Dropdown(label="User", choices=view.users(""), value=_first(view.users("")), min_width=280)
    nobody = gr.HTML(visible=False, padding=False)
    with gr.Row():
        with gr.Column(min_width=320):
            gr.Markdown("### History")
            person = gr.HTML(padding=False)
        with gr.Column(min_width=320, scale=2):
            gr.Markdown("### Recommendations")
            shown = gr.HTML(padding=False)
    with gr.Accordion("What if?", open=False):
        gr.Markdown(_WHAT_IF)
        with gr.Row():
            with gr.Column(min_width=320):
                kept = gr.CheckboxGroup(label="History", choices=[], elem_classes="scrolling")
                text = gr.Textbox(label="In words", placeholder="what they like, in a sentence", lines=2)
                again = gr.Button("Recommend again", variant="primary")
            with gr.Column(min_width=320, scale=2):
                changed = gr.HTML(padding=False)

    def find(wanted: str) -> tuple[Any, Any]:
        return _found(gr, view.users(wanted), wanted, "user")

    def show(number: int | None) -> tuple[Any, ...]:
        if number is None:
            return "", "", gr.CheckboxGroup(choices=[], value=[]), ""
        history = view.history(number)
        box = gr.CheckboxGroup(choices=history, value=[item for _, item in history])
        return view.person(number), view.recommendations(number), box, ""

    def recommend_again(number: int | None, items: list[int], sentence: str) -> str:
        return "" if number is None else view.what_if(number, items, sentence)

    outputs = [person, shown, kept, changed]
    search.change(find, search, [user, nobody], show_progress="hidden")
    user.change(show, user, outputs)
    page.load(show, user, outputs)
    again.click(recommend_again, [user, kept, text], changed)
    text.submit(recommend_again, [user, kept, text], changed)
    return user


def _items(gr: Any, page: Any, view: View) -> None:
    with gr.Row():
        search = gr.Textbox(label="Search", placeholder="title or id", min_width=280)
        item = gr.Dropdown(label="Item", choices=view.items(""), value=_first(view.items("")), min_width=280)
    nothing = gr.HTML(visible=False, padding=False)
    with gr.Row():
        with gr.Column(min_width=320):
            gr.Markdown("### About")
            about = gr.HTML(padding=False)
        with gr.Column(min_width=320):
            gr.Markdown("### Similar items")
            similar = gr.HTML(padding=False)

    def find(wanted: str) -> tuple[Any, Any]:
        return _found(gr, view.items(wanted), wanted, "item")

    def show(number: int | None) -> tuple[str, str]:
        return ("", "") if number is None else (view.item(number), view.similar(number))

    search.change(find, search, [item, nothing], show_progress="hidden")
    item.change(show, item, [about, similar])
    page.load(show, item, [about, similar])


def _map(gr: Any, tab: Any, view: View, user: Any) -> None:
    gr.Markdown(_MAP)
    colors = gr.Radio(["groups", _OF_USER], value="groups", label="Colours")
    shown = gr.HTML(padding=False)

    def draw(chosen: str, number: int | None) -> str:
        return view.picture(number if chosen == _OF_USER else None)

    tab.select(draw, [colors, user], shown)
    colors.change(draw, [colors, user], shown)


def _found(gr: Any, choices: list[Choice], wanted: str, kind: str) -> tuple[Any, Any]:
    """The list of what was found, and a remark where nothing was; then the list stays as it is."""
    if not choices:
        return gr.skip(), gr.HTML(note(f"No {kind} found for '{wanted}'; the page shows the one before."), visible=True)
    return gr.Dropdown(choices=choices, value=_first(choices)), gr.HTML("", visible=False)


def _first(choices: list[Choice]) -> int | None:
    return choices[0][1] if choices else None
