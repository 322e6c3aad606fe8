"""What says in words what a picture shows: taggers by ONNX Runtime, and BLIP by Hugging Face's transformers."""
