"""Retrieval over chunks in memory: words, meaning and a bilingual lexicon; English, Vietnamese and across both."""
