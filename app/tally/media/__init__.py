"""Images and files to what a model accepts. QtGui image classes, no widgets."""
