"""The desk: builds the rest of the window's parts, gives each its controller, connects them. No part knows another."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, QUrl
from PySide6.QtWidgets import QApplication

from tally.core.conversation import ConversationHead, ConversationOptions
from tally.core.failures import Failure
from tally.core.messages import Message
from tally.core.ports import Clock, KeyKind, KeyState, Services
from tally.core.settings import Preset, Settings
from tally.gui.again_menu import AgainMenu
from tally.gui.banner import NoticeKind
from tally.gui.chat_controller import ChatController
from tally.gui.conversation.view import ConversationView
from tally.gui.counter_controller import CounterController
from tally.gui.dialogs import Dialogs
from tally.gui.find_bar import FindBar
from tally.gui.find_controller import FindController
from tally.gui.front import Front
from tally.gui.history_controller import HistoryController
from tally.gui.key_controller import KeyController
from tally.gui.links import ask_to_open
from tally.gui.message_actions import MessageActions
from tally.gui.panels.param_panel import ParamPanel
from tally.gui.queue_bar import QueueBar
from tally.gui.queue_controller import QueueController
from tally.gui.quote_controller import QuoteController
from tally.gui.reading_controller import ReadingController
from tally.gui.shortcuts import Command
from tally.gui.state import AppState
from tally.gui.status_line import KeyMark
from tally.gui.texts import failure_text, key_text
from tally.gui.theme import MAX_ZOOM, MIN_ZOOM
from tally.gui.thumbnails import Thumbnails
from tally.gui.welcome import WelcomeMode
from tally.runtime.backend import Backend

ZOOM_STEP = 10
_NEED_MESSAGES = (
    Command.RENAME,
    Command.PIN,
    Command.DELETE,
    Command.REGENERATE,
    Command.REGENERATE_WITH,
    Command.COPY_ANSWER,
    Command.FIND,
    Command.FIND_NEXT,
    Command.FIND_PREVIOUS,
    Command.PREVIOUS_VERSION,
    Command.NEXT_VERSION,
)
"""Commands that an empty conversation has no use for."""

DEMO_STARTERS = ("/markdown", "/code", "/help")


class Desk(QObject):
    """Everything the person has in front of them.

    Attributes:
        window: the frame.
        view: the conversation on screen.
        composer: where the next message is written.
        picker: the model's chip and list.
        panel: the parameters.
        chat: asking and showing.
        actions: what the buttons of a message do.
    """

    def __init__(
        self,
        front: Front,
        state: AppState,
        backend: Backend,
        clock: Clock,
        *,
        data_folder: str,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._state = state
        self._backend = backend
        self._theme = front.theme
        self._data_folder = data_folder
        self._failure = ""
        self._thumbnails = Thumbnails(backend, self)
        self.window = front.window
        self.composer = front.composer
        self.picker = front.picker
        self.view = ConversationView(front.theme)
        self.panel = ParamPanel(front.theme)
        self.window.set_conversation_widget(self.view)
        self.window.set_panel(self.panel)
        self.chat = ChatController(backend, state, self.view, self.composer, clock, parent=self)
        self.actions = MessageActions(backend, self.chat, self.view, clock, parent=self)
        self.again = AgainMenu(backend, state, self.chat, self.actions, self.view, parent=self)
        find_bar, queue_bar = FindBar(front.theme), QueueBar(front.theme)
        self.window.add_above_composer(find_bar)
        self.window.add_above_composer(queue_bar)
        self.dialogs = Dialogs(backend, state, front.theme, self.chat, self.window)
        self.find = FindController(find_bar, self.chat, self.view, self.composer, self)
        self.queue = QueueController(queue_bar, self.chat, self.composer, self)
        self.history = HistoryController(backend, self.window.history, self.chat, clock, parent=self)
        self.keys = KeyController(backend, state, self)
        self.counter = CounterController(backend, state, self.chat, self.window.counter, clock, parent=self)
        self.quotes = QuoteController(backend, state, self.chat, self.composer, self.picker, parent=self)
        self._commands = self._command_table()
        self._undo: dict[str, Callable[[], None]] = {
            "messages": self.actions.undo_delete,
            "conversation": self.history.undo_trash,
        }
        self._connect_chat()
        self._connect_window()
        self._connect_state()
        self._show_mode()
        self._show_options(self.chat.options)
        self._enable_commands(empty=True)
        if not front.place.last.conversation:  # else that conversation will stand there
            self.window.show_welcome(True)  # noqa: FBT003  a state, as Qt's setters take it
        self.reading = ReadingController(front.place, self.chat, self.history, self.view, self.window)

    # Beginning and end

    def begin(self, *, demo: bool, files: Sequence[str], problem: str) -> None:
        """The backend runs: fills the window.

        Args:
            demo: ask the gateway inside the program.
            files: to attach to a new message.
            problem: what was wrong with the settings file, one sentence; empty when nothing was.
        """
        self._state.save_with(self._save_settings)
        for index, text in enumerate((problem, self._state.catalog_problem)):
            if text:
                self.window.show_notice(f"settings-{index}", NoticeKind.WARNING, text)
        if demo and not self._state.settings.demo:
            self.keys.start_demo()
        self.keys.begin()
        self.reading.begin(anew=bool(files))
        self.counter.begin()
        self.quotes.begin()
        self._backend.ask(_notice_of).then(self._on_notice)
        if files:
            self.composer.add_files(list(files))
        self.composer.focus_text()

    def _on_notice(self, text: str) -> None:
        if text:
            self.window.show_notice("database", NoticeKind.WARNING, text)

    def end(self) -> None:
        """The window has closed."""
        self.chat.drafts.save()
        self.reading.end()

    def _save_settings(self, settings: Settings) -> None:
        self._backend.ask(lambda services: services.save_settings(settings)).then(lambda _: None, self._on_failed)

    # Connections

    def _connect_chat(self) -> None:
        chat, view = self.chat, self.view
        view.link_activated.connect(self._on_link)
        view.image_wanted.connect(self.dialogs.show_picture)
        view.thumbnails_wanted.connect(lambda digests: self._thumbnails.bring(digests, view.set_thumbnail))
        view.set_model_names(self._state.model_name)
        chat.opened.connect(self._on_opened)
        chat.content_changed.connect(self._on_content_changed)
        chat.busy_changed.connect(self._on_busy)
        chat.head_changed.connect(self._on_head)
        chat.options_changed.connect(self._show_options)
        chat.failed.connect(self._on_failed)
        self.actions.failed.connect(self._on_failed)
        self.actions.refused.connect(self._on_refused)
        self.actions.settings_wanted.connect(lambda: self.open_settings("connection"))
        self.actions.deleted.connect(self._on_deleted)
        self.actions.details_wanted.connect(self.dialogs.show_details)
        self.composer.image_opened.connect(self.dialogs.show_image)
        self.dialogs.failed.connect(self._on_failed)
        self.composer.thumbnails_wanted.connect(
            lambda digests: self._thumbnails.bring(digests, self.composer.set_thumbnail)
        )
        self.composer.json_toggled.connect(self._on_json_toggled)
        self.composer.edit_last_wanted.connect(self._on_edit_last)
        self.composer.editing_cancelled.connect(chat.stop_editing)
        self.picker.model_chosen.connect(chat.set_model)
        self.panel.changed.connect(chat.set_options)
        self.panel.preset_saved.connect(self._on_preset_saved)
        self.panel.preset_deleted.connect(self._on_preset_deleted)
        self.history.failed.connect(self._on_failed)
        self.history.found.connect(self.find.show_message)
        self.history.trashed.connect(self._on_trashed)
        self.counter.failed.connect(self._on_failed)
        self.keys.failed.connect(self._on_failed)
        self.keys.state_changed.connect(self._on_key_state)
        self.keys.readiness_changed.connect(self._show_mode)

    def _connect_window(self) -> None:
        window = self.window
        window.commanded.connect(self._on_command)
        window.title_edited.connect(self.chat.rename)
        window.files_dropped.connect(self.composer.add_files)
        window.image_dropped.connect(lambda image: self.composer.add_image(image, self.tr("Dropped image")))
        window.undo_wanted.connect(lambda undo_id: self._undo[undo_id]())
        window.key_clicked.connect(self._on_key_clicked)
        window.notice_action.connect(self._on_notice_action)
        window.welcome.key_entered.connect(self.keys.enter)
        window.welcome.demo_wanted.connect(self.keys.start_demo)
        window.welcome.starter_chosen.connect(self._on_starter)
        window.welcome.set_starters(WelcomeMode.DEMO, DEMO_STARTERS)
        self.keys.key_refused.connect(window.welcome.set_key_problem)

    def _connect_state(self) -> None:
        self._state.settings_changed.connect(self._on_settings)
        self._state.mode_changed.connect(self._show_mode)
        self._on_settings()

    def _command_table(self) -> dict[Command, Callable[[], object]]:
        return {
            Command.NEW_CHAT: self.chat.new,
            Command.STOP: self._on_stop,
            Command.REGENERATE: self._on_regenerate,
            Command.REGENERATE_WITH: self._on_regenerate_with,
            Command.PREVIOUS_VERSION: lambda: self.actions.step_version(-1),
            Command.NEXT_VERSION: lambda: self.actions.step_version(1),
            Command.FIND: self.find.open,
            Command.FIND_NEXT: lambda: self.find.step(forward=True),
            Command.FIND_PREVIOUS: lambda: self.find.step(forward=False),
            Command.EDIT_LAST: self._on_edit_last,
            Command.COPY_ANSWER: self._on_copy_answer,
            Command.ATTACH: self.composer.choose_files,
            Command.CHOOSE_MODEL: self.picker.open,
            Command.RENAME: self.window.edit_title,
            Command.PIN: self._on_pin,
            Command.DELETE: lambda: self.history.trash(self.chat.conversation.id),
            Command.NEXT_CHAT: lambda: self._step_chat(1),
            Command.PREVIOUS_CHAT: lambda: self._step_chat(-1),
            Command.FOCUS_COMPOSER: self.composer.focus_text,
            Command.ZOOM_IN: lambda: self._zoom(self._state.settings.zoom + ZOOM_STEP),
            Command.ZOOM_OUT: lambda: self._zoom(self._state.settings.zoom - ZOOM_STEP),
            Command.ZOOM_RESET: lambda: self._zoom(100),
            Command.SETTINGS: lambda: self.open_settings("general"),
            Command.USAGE: self._show_usage,
            Command.DEMO: self._on_demo_toggled,
            Command.ABOUT: lambda: self.open_settings("about"),
            Command.QUIT: self.window.close,
        }

    def _on_command(self, command: Command) -> None:
        act = self._commands.get(command)
        if act is not None:
            act()

    # The conversation

    def _on_opened(self, _: str) -> None:
        self.window.set_title(self.chat.head.title)

    def _on_head(self, head: ConversationHead) -> None:
        if head.id == self.chat.conversation.id:
            self.window.set_title(head.title)
            self.window.action(Command.PIN).setChecked(head.pinned)

    def _on_content_changed(self) -> None:
        empty = not len(self.chat.conversation)
        self.window.show_welcome(empty)
        self._enable_commands(empty=empty)

    def _enable_commands(self, *, empty: bool) -> None:
        for command in _NEED_MESSAGES:
            self.window.action(command).setEnabled(not empty)

    def _on_busy(self, busy: bool) -> None:  # noqa: FBT001  Qt's signal calls it
        self.window.action(Command.STOP).setEnabled(busy or self.chat.editing is not None)
        self.window.clear_notice("refused")

    def _on_stop(self) -> None:
        if self.chat.editing is not None and not self.chat.busy:
            self.chat.stop_editing()
        else:
            self.chat.stop()

    def _on_link(self, address: str) -> None:
        if ask_to_open(address, self.window) is None:
            self._on_refused(self.tr("This link is not opened: only addresses of the web and of mail are."))

    def _answers(self) -> list[Message]:
        return [message for message in self.chat.conversation.path() if message.answer is not None]

    def _on_regenerate(self) -> None:
        answers = self._answers()
        if answers:
            self.actions.regenerate(answers[-1].id)

    def _on_regenerate_with(self) -> None:
        answers = self._answers()
        if answers:
            self.actions.choose_model(answers[-1].id)

    def _on_edit_last(self) -> None:
        if not self.queue.edit_last():
            self.actions.edit_last()

    def _on_copy_answer(self) -> None:
        answers = self._answers()
        if answers:
            QApplication.clipboard().setText(answers[-1].text)

    def _on_pin(self) -> None:
        self.history.pin(self.chat.conversation.id, not self.chat.head.pinned)

    def _step_chat(self, step: int) -> None:
        neighbour = self.window.history.neighbour(self.chat.conversation.id, step)
        if neighbour:
            self.history.open(neighbour)

    def _show_options(self, options: ConversationOptions) -> None:
        model = self._state.model(options.model)
        self.picker.set_model(model.id)
        self.panel.set_options(options, model)
        self.composer.set_model(model)
        self.composer.set_json(options.params.json_mode)

    def _on_json_toggled(self, on: bool) -> None:  # noqa: FBT001  Qt's signal calls it
        options = self.chat.options
        self.chat.set_options(replace(options, params=replace(options.params, json_mode=on)))

    def _on_preset_saved(self, name: str, options: ConversationOptions) -> None:
        kept = [preset for preset in self._state.settings.presets if preset.name != name]
        self._state.change(presets=(*kept, Preset(name, options)))

    def _on_preset_deleted(self, name: str) -> None:
        self._state.change(presets=tuple(each for each in self._state.settings.presets if each.name != name))

    def _on_starter(self, text: str) -> None:
        self.composer.set_text(text)
        self.composer.focus_text()
        if self._state.simulated:
            self.chat.send()

    def _on_deleted(self, count: int) -> None:
        self.window.show_undo(self.tr("%n message(s) deleted", "", count), "messages")

    def _on_trashed(self, head: ConversationHead) -> None:
        self.window.show_undo(self.tr("“{title}” deleted").format(title=head.title), "conversation")

    def _show_usage(self) -> None:
        answers = self._answers()
        if answers:
            self.dialogs.show_details(answers[-1])

    # Settings, key and mode

    def _zoom(self, percent: int) -> None:
        self._state.change(zoom=min(MAX_ZOOM, max(MIN_ZOOM, percent)))

    def _on_settings(self) -> None:
        settings = self._state.settings
        self._theme.set_theme(settings.theme)
        self._theme.set_zoom(settings.zoom)
        self.composer.set_send_key(settings.send_key)
        self.picker.set_catalog(self._state.catalog)
        self.panel.set_presets(settings.presets)
        self.panel.set_default_user(settings.installation_id if settings.send_user else "")
        self.window.welcome.set_host(QUrl(settings.connection.base_url).host())
        self._show_options(self.chat.options)

    def _show_mode(self) -> None:
        simulated = self._state.simulated
        self.window.set_demo(simulated)
        welcome = self.window.welcome
        starting = self.keys.starting_demo
        if simulated or starting:
            welcome.set_mode(WelcomeMode.DEMO)
        else:
            welcome.set_mode(WelcomeMode.READY if self.keys.can_ask else WelcomeMode.FIRST_RUN)
        blocked = "" if self.keys.can_ask else self.tr("Enter a key first, or try the demo.")
        self.composer.set_send_blocked(self.tr("The demo is starting.") if starting else blocked)

    def _on_key_state(self, state: KeyState) -> None:
        marks = {
            KeyKind.STORED: KeyMark.SAFE,
            KeyKind.ENVIRONMENT: KeyMark.SAFE,
            KeyKind.SESSION: KeyMark.SESSION,
            KeyKind.MISSING: KeyMark.MISSING,
        }
        self.window.set_key_state(key_text(state), marks[state.kind])
        self._show_mode()

    def _on_key_clicked(self) -> None:
        self.open_settings("connection")

    def _on_demo_toggled(self) -> None:
        if self._state.simulated:
            self.keys.stop_demo()
        else:
            self.keys.start_demo()

    def open_settings(self, page: str) -> None:
        """Opens the settings at a page: general, connection, models, privacy or about."""
        from tally.gui.settings_controller import show_settings  # noqa: PLC0415  not needed for the first paint

        show_settings(page, self._state, self.keys, self._theme, data_folder=self._data_folder, parent=self.window)

    # Trouble

    def _on_failed(self, failure: Failure) -> None:
        sentence = failure_text(failure).sentence
        if sentence != self._failure:
            self._failure = sentence
            self.window.show_notice("failure", NoticeKind.DANGER, sentence, details=failure.details)

    def _on_refused(self, sentence: str) -> None:
        self.window.show_notice("refused", NoticeKind.INFO, sentence)

    def _on_notice_action(self, notice_id: str, action: str) -> None:
        if notice_id == "failure":
            self._failure = ""
        if action == "open_settings":
            self.open_settings("connection")


async def _notice_of(services: Services) -> str:
    return services.notice
