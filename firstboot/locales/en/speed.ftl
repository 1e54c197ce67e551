### How fast and how safe this computer's disk is. Short words and short sentences.

guess = Who guesses at a passphrase needs { $seconds } seconds and { $megabytes } MB of memory for each try, on a computer like this.
