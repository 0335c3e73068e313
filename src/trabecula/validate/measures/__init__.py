"""What is measured, one module a question; each takes rows of the journal, laid out flat."""
