"""What there is to choose from: models, samplers, upscalers, preprocessors, and the names that people use for them."""
