### No native speaker has read this yet. docs/languages.md says how to mend a text.
### Neighbours that open the data, in Portuguese. Short words and short sentences.

neighbour-key = A chave dele: { $thumbprint }. Ele mostra a mesma no seu próprio ecrã: ilanga-neighbours show
neighbours-none = Ninguém nesta rede diz que ajuda. Isso pergunta-se quando outro computador é configurado.
neighbours-all-dark = Os dados abrem-se onde houver vizinhos suficientes na rede, e em mais lado nenhum. Se a energia faltar a todos ao mesmo tempo, ninguém abre primeiro: um de vós precisa de outra maneira.
neighbour-gone = { $name } não está lá, ou não ajuda.
neighbours-failed = Não foi possível pedir ajuda aos vizinhos: { $why }
