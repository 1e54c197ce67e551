### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What stands on the screen that shows how the computer is, in Portuguese.

status-addresses = Os seus endereços: { $addresses }
status-code = Prima Enter para um código que quem o ajuda pode ler neste ecrã. Não contém nomes, palavras-passe nem endereços.
status-back = Para quem o ajuda. Prima Enter para voltar.
status-failing = Um disco deste computador avisa que está prestes a falhar: copie o que lá está e mande substituí-lo.
