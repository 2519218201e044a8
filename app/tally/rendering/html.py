"""x."""
from xml.etree.ElementTree import Element
def to_qt(root: Element) -> None:
    pass
