"""Retrieval over chunks in memory: words, meaning and a bilingual lexicon, in English and Vietnamese and across both."""
