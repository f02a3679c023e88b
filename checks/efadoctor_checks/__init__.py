"""efadoctor's own checks: one file a code."""

DOCS = "https://github.com/efadoctor/efadoctor/blob/main/docs/checks/"
