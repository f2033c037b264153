"""Reading the hotel's documents: md, txt, html, docx, pdf, xlsx, csv, pptx and eml, each in a process that may fail."""
