"""The stylesheet of message documents. Only classes stand in the HTML, so a new theme needs no new parsing."""

from functools import lru_cache

from tally.gui.theme import FontRole, ThemeManager, Tokens

LIST_INDENT = 24
"""How far a list moves its items to the right, in px at 100 %."""

BLOCK_GAP = 12
"""Space between paragraphs, and between segments, in px at 100 %."""


def document_css(theme: ThemeManager) -> str:
    """The default stylesheet of a prose or table document in the present colours and size."""
    mono = theme.font(FontRole.CODE).family()
    return _css(theme.tokens, theme.zoom, mono)


@lru_cache(maxsize=8)
def _css(tokens: Tokens, zoom: int, mono: str) -> str:
    def px(value: float) -> int:
        return max(1, round(value * zoom / 100))

    # Qt keeps the larger of two margins between blocks, none above the first, and only the upper one of a table.
    gap, line = px(BLOCK_GAP), px(22)
    return f"""
        p, li, td, th, dt, dd {{ line-height: {line}px; }}
        p {{ margin: {gap}px 0; }}
        h1, h2, h3, h4, h5, h6 {{ font-weight: 600; margin: {px(20)}px 0 {px(8)}px 0; }}
        h1 {{ font-size: {px(24)}px; }}
        h2 {{ font-size: {px(20)}px; }}
        h3 {{ font-size: {px(16)}px; }}
        h4, h5, h6 {{ font-size: {px(14)}px; }}
        ul, ol {{ margin: {gap}px 0 0 0; }}
        li ul, li ol {{ margin: 0; }}
        ul.tasks {{ list-style-type: none; }}
        li {{ margin-bottom: {px(5)}px; }}
        li p {{ margin: {px(6)}px 0; }}
        a {{ color: {tokens.accent}; text-decoration: underline; }}
        a.image, span.image {{ color: {tokens.muted}; background-color: {tokens.raised}; text-decoration: none; }}
        samp {{ font-family: "{mono}"; font-size: {px(12)}px; }}
        code, kbd {{ font-family: "{mono}"; font-size: {px(13)}px; background-color: {tokens.raised}; }}
        pre {{ font-family: "{mono}"; font-size: {px(13)}px; margin: 0; white-space: pre-wrap; }}
        hr {{ background-color: {tokens.line}; }}
        del, s {{ color: {tokens.muted}; text-decoration: line-through; }}
        table.quote, table.code {{ margin: {gap}px 0 0 0; }}
        td.quote {{ border-left: 3px solid {tokens.line}; padding-left: {px(12)}px; color: {tokens.muted}; }}
        td.code {{ background-color: {tokens.code}; padding: {px(8)}px {px(12)}px; }}
        table.data {{ border-collapse: collapse; margin: 0; }}
        table.data th, table.data td {{ padding: {px(6)}px {px(12)}px; border-bottom: 1px solid {tokens.line}; }}
        table.data th {{ font-weight: 600; border-bottom: 1px solid {tokens.outline}; }}
        div.footnotes {{ font-size: {px(13)}px; color: {tokens.muted}; }}
        {" ".join(f"div.in{depth} {{ margin-left: {px(LIST_INDENT * depth)}px; }}" for depth in range(1, 7))}
    """
