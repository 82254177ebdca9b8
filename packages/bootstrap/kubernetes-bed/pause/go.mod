module bluegreen.example/pause

go 1.24
