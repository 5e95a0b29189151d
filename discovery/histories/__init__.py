"""Watch histories that viewers bring from elsewhere: read, matched to titles, kept, removed.

    reading   a file of one of five forms -> what was watched, one `Watched` a title
    matching  `Watched` -> a title of the catalogue, with a confidence
    store     the import and its entries, as rows of one viewer

`discovery.history` merges what is stored here with what the viewer said in the chat.
"""
