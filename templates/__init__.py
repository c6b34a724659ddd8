"""The Jinja templates of generated C: layout only, decisions are made in `saltation.codegen`."""
