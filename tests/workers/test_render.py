"""What a render job makes of its child's end."""

from workers.answering import failure
from workers.child import Exit
from workers.run import BadInput


def test_the_sentence_of_a_broken_file_is_said_once_with_its_place() -> None:
    problem = {"path": "scenes[0].objects[0].src", "message": "The picture is damaged."}
    broken = failure({"code": "media_unreadable", "message": problem["message"], "problems": [problem]}, Exit(1, ""))
    assert isinstance(broken, BadInput)
    assert broken.message == "scenes[0].objects[0].src: The picture is damaged."
