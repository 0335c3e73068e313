"""The rules that name a free body of mineral by place and shape, by subject."""
