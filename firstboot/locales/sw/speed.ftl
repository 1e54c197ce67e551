### No native speaker has read this yet. docs/languages.md says how to mend a text.
### How fast and how safe this computer's disk is, in Kiswahili. Short words and short sentences.

guess = Anayekisia kaulisiri anahitaji sekunde { $seconds } na MB { $megabytes } za kumbukumbu kwa kila jaribio, kwenye kompyuta kama hii.
