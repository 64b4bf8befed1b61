"""What a patient can say and what happens next: tables of moves, steps, texts. No I/O of its own."""
