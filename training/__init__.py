"""Train models/shilu_zh anew: ``make train CORPORA=folder``. Nothing here runs with the product."""
