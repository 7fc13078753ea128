module example.com/sidegate-example

go 1.19
