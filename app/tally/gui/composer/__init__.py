"""Where the next message is written: words, attachments, its price, Send and Stop."""
