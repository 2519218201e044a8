"""The description of pictures: facts from the file, put into the user's language."""

from collections.abc import Sequence

from tally.core.catalog import ModelInfo
from tally.demo.images import ColourShare, Image, colour_name, colours_of
from tally.demo.language import Language
from tally.demo.reply import picture_tokens
from tally.demo.texts import phrase


def describe_pictures(images: Sequence[Image], model: ModelInfo, language: Language) -> str:
    """Returns a Markdown text about the pictures. Reading the colours of a large PNG takes up to about a second."""
    if len(images) == 1:
        return "\n\n".join([phrase(language, "image_one"), *_facts(images[0], model, language)])
    parts = [phrase(language, "image_many", count=len(images))]
    for number, image in enumerate(images, 1):
        parts += [phrase(language, "image_heading", number=number), *_facts(image, model, language)]
    return "\n\n".join(parts)


def picture_facts(image: Image, model: ModelInfo) -> dict[str, object]:
    """Returns what is known of a picture without reading its pixels, for JSON mode."""
    return {
        "format": _format(image),
        "width": image.width,
        "height": image.height,
        "bytes": len(image.data),
        "tokens": picture_tokens(model, image.width, image.height),
    }


def _facts(image: Image, model: ModelInfo, language: Language) -> list[str]:
    wide, high = image.width, image.height
    shape = phrase(language, "square" if wide == high else "landscape" if wide > high else "portrait")
    facts = picture_facts(image, model)
    facts["bytes"] = f"{len(image.data):,}"
    return [phrase(language, "image_table", shape=shape, **facts), _colours(image, language)]


def _format(image: Image) -> str:
    name = image.media_type.removeprefix("image/")
    return "WebP" if name == "webp" else name.upper()


def _colours(image: Image, language: Language) -> str:
    colours = colours_of(image)
    if colours is None:
        return phrase(language, "image_jpeg" if image.media_type == "image/jpeg" else "image_other")
    separator = "、" if language in ("ja", "zh") else ", "
    listed = separator.join(_colour(share, language) for share in colours.shares)
    if colours.seen < 1:
        return phrase(language, "image_upper", percent=int(100 * colours.seen), colours=listed)
    return phrase(language, "image_colours", colours=listed)


def _colour(share: ColourShare, language: Language) -> str:
    percent = f"{100 * share.share:.0f} %"
    if share.rgb is None:
        return f"{phrase(language, 'colour see-through')} {percent}"
    code = "#{:02x}{:02x}{:02x}".format(*share.rgb)
    return f"{phrase(language, f'colour {colour_name(share.rgb)}')} (`{code}`) {percent}"
