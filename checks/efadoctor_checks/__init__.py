"""efadoctor's own checks: one file a code."""
