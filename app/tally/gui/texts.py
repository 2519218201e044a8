"""What is said about failures, ends of answers and the key: what happened, whether it cost anything, what to do."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from tally.core.failures import Failure, FailureKind
from tally.core.messages import EndState
from tally.core.ports import KeyKind, KeyState

_LONGEST_QUOTE = 300
"""How much of a server's own sentence stands in ours, in characters; all of it is under *Details*."""

_UNSENT = {
    FailureKind.NO_KEY,
    FailureKind.BAD_KEY,
    FailureKind.UNUSABLE_IMAGE,
    FailureKind.BAD_REQUEST_HERE,
    FailureKind.DNS,
    FailureKind.CONNECT,
    FailureKind.TLS,
    FailureKind.PROXY,
}
_NOT_ABOUT_MONEY = {FailureKind.STORAGE, FailureKind.INTERNAL}


@dataclass(frozen=True, slots=True)
class FailureText:
    """What is said about a failure.

    Attributes:
        title: two to five words.
        sentence: what happened, whether it cost anything, what to do. May quote the server; show it as plain text.
        actions: ids of what can be offered, the most useful first: open_settings, retry, change_model, shorten,
            remove_image, retry_smaller, wait. `action_label` has their words.
    """

    title: str
    sentence: str
    actions: tuple[str, ...] = ()


def failure_text(failure: Failure) -> FailureText:
    """What is said about a failure."""
    title, sentence, actions = _about(failure.kind)
    parts = [_quoting(sentence, failure.message) or f"{title}.", _pause(failure), _money(failure)]
    return FailureText(title, " ".join(part for part in parts if part), tuple(actions))


def _quoting(sentence: str, message: str) -> str:
    """The sentence with the failure's own words in their place, or without that place when there are none."""
    quote = " ".join(message.split())
    if not quote:
        return sentence.replace(": {message}", ".").replace("{message}", "").rstrip()
    if len(quote) > _LONGEST_QUOTE:
        quote = quote[: _LONGEST_QUOTE - 1].rstrip() + "…"
    elif quote[-1] not in ".!?…。！？":
        quote += "."
    return sentence.replace("{message}", quote)


def _pause(failure: Failure) -> str:
    if failure.retry_after_s is None or failure.retry_after_s < 1:
        return ""
    return QCoreApplication.translate("Failure", "The server asks to wait {seconds} s.").format(
        seconds=round(failure.retry_after_s)
    )


def _money(failure: Failure) -> str:
    translate = QCoreApplication.translate
    if failure.kind in _UNSENT:
        return translate("Failure", "Nothing was sent, so it cost nothing.")
    if failure.may_be_billed:
        return translate("Failure", "It may have been billed all the same.")
    return "" if failure.kind in _NOT_ABOUT_MONEY else translate("Failure", "It cost nothing.")


def _about(kind: FailureKind) -> tuple[str, str, Sequence[str]]:
    """Title, sentence and actions of a kind; `{message}` stands where the failure's own sentence goes."""
    translate = QCoreApplication.translate
    own = "{message}"
    table: dict[FailureKind, tuple[str, str, Sequence[str]]] = {
        FailureKind.NO_KEY: (
            translate("Failure", "No key yet"),
            translate("Failure", "To ask the gateway a key is needed. Paste it in the settings, or try the demo."),
            ("open_settings",),
        ),
        FailureKind.BAD_KEY: (translate("Failure", "This is not a usable key"), own, ("open_settings",)),
        FailureKind.UNUSABLE_IMAGE: (translate("Failure", "A picture cannot be sent"), own, ("remove_image",)),
        FailureKind.BAD_REQUEST_HERE: (translate("Failure", "This cannot be sent"), own, ()),
        FailureKind.AUTH: (
            translate("Failure", "The key was not accepted"),
            translate(
                "Failure",
                "The gateway does not accept the key. Check it in the settings; it may have been withdrawn or belong"
                " to another gateway.",
            ),
            ("open_settings", "retry"),
        ),
        FailureKind.BALANCE: (
            translate("Failure", "Not enough credit"),
            translate(
                "Failure",
                "The gateway says that credit or a spending limit does not suffice. Top up there, allow a shorter"
                " answer, or take a cheaper model.",
            ),
            ("retry_smaller", "change_model", "retry"),
        ),
        FailureKind.FORBIDDEN: (
            translate("Failure", "Not allowed"),
            translate("Failure", "The gateway does not allow this with your key: {message}"),
            ("change_model", "open_settings"),
        ),
        FailureKind.CHALLENGE: (
            translate("Failure", "A bot check is in the way"),
            translate(
                "Failure",
                "A check for robots stands between Tally and the gateway. Try another network or proxy, or later.",
            ),
            ("retry", "open_settings"),
        ),
        FailureKind.MODEL_UNAVAILABLE: (
            translate("Failure", "Model not available"),
            translate("Failure", "This model is not available with your key at the moment. Choose another one."),
            ("change_model", "retry"),
        ),
        FailureKind.NOT_FOUND: (
            translate("Failure", "Not found"),
            translate("Failure", "The gateway does not know this model or address: {message}"),
            ("change_model", "open_settings"),
        ),
        FailureKind.WRONG_ADDRESS: (
            translate("Failure", "Not the gateway's address"),
            translate("Failure", "The address in the settings does not lead to a chat gateway: {message}"),
            ("open_settings",),
        ),
        FailureKind.BAD_REQUEST: (
            translate("Failure", "The request was refused"),
            translate("Failure", "The gateway did not accept the request: {message}"),
            ("retry", "change_model"),
        ),
        FailureKind.CONTEXT_TOO_LONG: (
            translate("Failure", "Too long for this model"),
            translate(
                "Failure",
                "The conversation is longer than this model can read. Leave out attachments or older messages, start"
                " a new chat, or choose a model with more room.",
            ),
            ("shorten", "change_model"),
        ),
        FailureKind.IMAGE_REJECTED: (
            translate("Failure", "A picture was refused"),
            translate("Failure", "The gateway did not accept a picture: {message}"),
            ("remove_image", "change_model"),
        ),
        FailureKind.TOO_LARGE: (
            translate("Failure", "Too large"),
            translate("Failure", "The message with its attachments is too large for the gateway. Leave something out."),
            ("remove_image", "shorten"),
        ),
        FailureKind.RATE_LIMITED: (
            translate("Failure", "Too many requests"),
            translate("Failure", "The gateway takes no more requests for a moment."),
            ("wait", "retry"),
        ),
        FailureKind.OVERLOADED: (
            translate("Failure", "Claude is overloaded"),
            translate("Failure", "Claude has too much to do at the moment. Try again soon, or choose another model."),
            ("retry", "change_model"),
        ),
        FailureKind.SERVER: (
            translate("Failure", "The gateway had a problem"),
            translate("Failure", "Something went wrong at the gateway: {message}"),
            ("retry", "change_model"),
        ),
        FailureKind.UNREACHABLE: (
            translate("Failure", "The gateway is not working"),
            translate("Failure", "The gateway answers, but what is behind it does not. Try again soon."),
            ("retry", "change_model"),
        ),
        FailureKind.GATEWAY_TIMEOUT: (
            translate("Failure", "The gateway gave up waiting"),
            translate("Failure", "The gateway waited too long for the model. A shorter question may help."),
            ("retry", "shorten"),
        ),
        FailureKind.FILTERED: (
            translate("Failure", "Held back by a filter"),
            translate("Failure", "A content filter held the answer back. Other words may help."),
            (),
        ),
        FailureKind.DNS: (
            translate("Failure", "Gateway not found"),
            translate("Failure", "The gateway's name was not found. Check the internet connection and the address."),
            ("retry", "open_settings"),
        ),
        FailureKind.CONNECT: (
            translate("Failure", "No connection"),
            translate(
                "Failure", "The gateway cannot be reached. Check the internet connection, the firewall or the proxy."
            ),
            ("retry", "open_settings"),
        ),
        FailureKind.TLS: (
            translate("Failure", "The connection is not safe"),
            translate("Failure", "The gateway could not prove that it is the right one: {message}"),
            ("open_settings",),
        ),
        FailureKind.PROXY: (
            translate("Failure", "The proxy does not work"),
            translate("Failure", "The proxy did not let the request through: {message}"),
            ("open_settings", "retry"),
        ),
        FailureKind.TIMEOUT: (
            translate("Failure", "No answer in time"),
            translate("Failure", "The question was sent, but no answer came in time."),
            ("retry", "change_model"),
        ),
        FailureKind.DISCONNECTED: (
            translate("Failure", "The connection was lost"),
            translate("Failure", "The connection ended before the answer was complete."),
            ("retry",),
        ),
        FailureKind.STREAM: (
            translate("Failure", "The answer broke off"),
            translate("Failure", "The gateway broke the answer off: {message}"),
            ("retry", "change_model"),
        ),
        FailureKind.EMPTY: (
            translate("Failure", "Empty answer"),
            translate("Failure", "The gateway sent an answer without any content."),
            ("retry", "change_model"),
        ),
        FailureKind.WRONG_FORMAT: (
            translate("Failure", "Not an answer"),
            translate("Failure", "What came is not an answer of a chat gateway. Is the address right? {message}"),
            ("open_settings", "retry"),
        ),
        FailureKind.STORAGE: (
            translate("Failure", "It could not be saved"),
            translate("Failure", "This computer could not read or write what Tally keeps: {message}"),
            (),
        ),
        FailureKind.INTERNAL: (
            translate("Failure", "A fault in Tally"),
            translate("Failure", "Something went wrong inside Tally; what you wrote is kept: {message}"),
            ("retry",),
        ),
    }
    return table[kind]


def action_label(action: str) -> str:
    """The words of a button for one of `FailureText.actions`.

    Raises:
        KeyError: there is no such action.
    """
    translate = QCoreApplication.translate
    return {
        "open_settings": translate("Failure", "Open settings"),
        "retry": translate("Failure", "Try again"),
        "change_model": translate("Failure", "Choose another model"),
        "shorten": translate("Failure", "Shorten"),
        "remove_image": translate("Failure", "Remove the picture"),
        "retry_smaller": translate("Failure", "Try a shorter answer"),
        "wait": translate("Failure", "Wait and try again"),
    }[action]


def end_text(state: EndState) -> str:
    """One or two sentences about how an answer ended; empty when it simply ended well or still runs."""
    translate = QCoreApplication.translate
    return {
        EndState.COMPLETE: "",
        EndState.STREAMING: "",
        EndState.TOOLS: "",
        EndState.LENGTH: translate("End", "The answer reached its limit (max_tokens)."),
        EndState.FILTERED: translate("End", "A content filter held the rest of the answer back."),
        EndState.STREAM_ERROR: translate("End", "The gateway broke the answer off. What had arrived is kept."),
        EndState.CUT: translate("End", "The connection was lost. What had arrived is kept, and may be billed."),
        EndState.CUT_SILENT: translate("End", "The answer may be incomplete: the gateway never said that it was done."),
        EndState.EMPTY: translate("End", "The gateway sent an answer without any content."),
        EndState.CANCELLED: translate("End", "Stopped. What had arrived is kept, and may be billed."),
        EndState.PROTOCOL_ERROR: translate("End", "What came is not an answer of a chat gateway."),
        EndState.HTTP_ERROR: translate("End", "The gateway refused the request."),
        EndState.NETWORK_ERROR: translate("End", "The gateway could not be reached."),
        EndState.INTERRUPTED: translate(
            "End", "Tally was ended while this answer came in. What had arrived is kept; its cost is estimated."
        ),
    }[state]


def key_text(state: KeyState) -> str:
    """Where the key is, in a few words for the status line."""
    translate = QCoreApplication.translate
    return {
        KeyKind.STORED: translate("Key", "Key {hint}"),
        KeyKind.SESSION: translate("Key", "Key {hint}, this run only"),
        KeyKind.ENVIRONMENT: translate("Key", "Key {hint} from the environment"),
        KeyKind.MISSING: translate("Key", "No key"),
    }[state.kind].format(hint=state.hint)


def key_sentence(state: KeyState) -> str:
    """Where the key is and why, in whole sentences for tooltip and settings."""
    translate = QCoreApplication.translate
    sentence = {
        KeyKind.STORED: translate("Key", "The key {hint} is kept in {backend}."),
        KeyKind.SESSION: translate("Key", "The key {hint} is kept in memory for this run only."),
        KeyKind.ENVIRONMENT: translate("Key", "The key {hint} comes from the variable TOKENHUB_API_KEY."),
        KeyKind.MISSING: translate("Key", "There is no key for this gateway."),
    }[state.kind].format(hint=state.hint, backend=state.backend or translate("Key", "the system's keyring"))
    return f"{sentence} {state.reason}".rstrip()
