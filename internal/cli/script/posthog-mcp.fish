# Completions of posthog-mcp for fish 3 and later.
function __posthog_mcp_complete
    set -l before (commandline --current-process --tokenize --cut-at-cursor)
    set -l cur (commandline --current-token --cut-at-cursor)
    for line in (posthog-mcp __complete -- $before[2..] "$cur" 2>/dev/null)
        if test "$line" = :files
            set -l kept (string match --regex '^.*[=@]' -- "$cur")
            for file in (__fish_complete_path (string replace --regex '^.*[=@]' '' -- "$cur"))
                echo "$kept$file"
            end
            return
        end
        echo $line
    end
end
complete --command posthog-mcp --no-files --keep-order --arguments '(__posthog_mcp_complete)'
