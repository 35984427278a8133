from mnist_ui.layout import open_page
open_page("x","y")
