"""What leaves and enters: ONNX, weights one was given, reports, shipped networks."""
