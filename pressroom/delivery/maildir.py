"""Mail into a Maildir that any mail program opens: the transport of a site without a mail server."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

from pressroom.delivery.queue import Answer, Verdict
from pressroom.files import sync_folder
from pressroom.models.runs import Message


class MaildirTransport:
    """Delivers into `folder` (tmp, new, cur). The file's name follows from the Message-ID: twice is once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._answers: list[tuple[int, Answer]] = []

    def room_for(self, wanted: int) -> int:
        return 1 - len(self._answers)

    def begin(self, ticket: int, message: Message, content: bytes) -> None:
        self._answers.append((ticket, self.keep(message, content)))

    def answers(self, patience: float) -> list[tuple[int, Answer]]:
        found, self._answers = self._answers, []
        return found

    def give_up(self) -> list[tuple[int, Answer]]:
        return self.answers(0)

    def keep(self, message: Message, content: bytes) -> Answer:
        """Put a message into the folder."""
        name = _name(message)
        try:
            for part in ("tmp", "new", "cur"):
                (self._folder / part).mkdir(0o700, parents=True, exist_ok=True)
            draft = self._folder / "tmp" / name
            with draft.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(self._folder / "new" / name)
            sync_folder(self._folder / "new")
        except OSError as error:
            return Answer(Verdict.CLOSED, f"{self._folder}: {error.strerror or error}")
        return Answer(Verdict.TAKEN, f"kept as new/{name}")

    def holds(self, message: Message) -> bool | None:
        name = _name(message)
        # A mail program moves a message it has shown from new/ to cur/ and adds flags behind a colon.
        return (self._folder / "new" / name).exists() or any((self._folder / "cur").glob(f"{name}*"))

    def close(self) -> None:
        pass


def _name(message: Message) -> str:
    return f"{sha256(message.message_id.encode()).hexdigest()[:32]}.pressroom"
