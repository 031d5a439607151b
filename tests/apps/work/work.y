/* SPDX-License-Identifier: BSD-3-Clause */
%{
int yylex(void);
void yyerror(const char* text) { (void)text; }
%}
%token NUMBER
%left '+' '-'
%left '*'
%%
list: | list sum '\n';
sum: NUMBER | sum '+' sum | sum '-' sum | sum '*' sum | '(' sum ')' { $$ = $2; };
%%
