"""Many runs of one question: studies over seeds."""
