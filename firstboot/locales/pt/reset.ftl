### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What stands on the screen where a computer is erased, in Portuguese.

reset-title = Apagar este computador
reset-says = Tudo o que foi posto neste computador desaparece para sempre, e ninguém o pode recuperar: nenhuma chave, nenhuma frase secreta. O sistema fica, e pede para ser configurado de novo. Carregue em Alt e F1 para deixar tudo como está.
reset-how = Se é isso que quer, escreva o nome deste computador: { $name }
reset-doing = Está a ser apagado. Este computador recomeça por si.
here-title = No teclado deste computador
here-says = Carregue em Alt e F1 para deixar tudo como está.
renew-title = Uma nova palavra-passe para { $name }
renew-says = Quem tem a chave de recuperação deste computador, ou a sua frase-passe, pode escolher uma nova palavra-passe. A anterior deixa de valer. Não escreva nada para voltar.
renew-done = A nova palavra-passe vale a partir de agora. Carregue numa tecla.
