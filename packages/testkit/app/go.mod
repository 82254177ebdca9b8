module bluegreen.example/shop

go 1.24
