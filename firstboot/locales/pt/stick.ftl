### No native speaker has read this yet. docs/languages.md says how to mend a text.
### A USB stick that opens the data, in Portuguese. Short words and short sentences.

stick-none = Não está ligada nenhuma pen USB que possa receber a chave. Ligue uma que esteja formatada como FAT32, e recarregue esta página.
stick-one = A chave vai para { $stick }; o que lá está fica. A pen tem de estar ligada em cada arranque. Guarde-a noutro lugar, longe do computador. Se se perder, a chave de recuperação abre os dados.
stick-several = Está ligada mais de uma pen USB. Deixe só a que vai ser a chave, e recarregue esta página.
stick-failed = Não foi possível pôr a chave na pen: { $why }
