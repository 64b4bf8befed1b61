"""What patients' words mean, without any language model: tables per language and a few plain rules over them."""
